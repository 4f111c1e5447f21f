import { expect } from 'vitest';
import { randomValue } from '../authorize.ts';
import { logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutNoIdTokenHint: Module = {
  name: 'oidcc-rp-initiated-logout-no-id-token-hint',
  async run(suite) {
    const signedIn = await signIn(suite);
    const post_logout_redirect_uri = signedIn.client.postLogoutRedirectUri;
    const left = await logOut(suite, signedIn, { post_logout_redirect_uri, state: randomValue(128) });
    // The person is signed out, but not redirected, because nothing proves which client owns the address.
    expect(left.stopped).toBe(false);
    expect(left.hops.map(({ to }) => to).join()).not.toContain('post_logout_redirect');
  },
};
