import { expect } from 'vitest';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutNoState: Module = {
  name: 'oidcc-rp-initiated-logout-no-state',
  async run(suite) {
    const signedIn = await signIn(suite);
    const post_logout_redirect_uri = signedIn.client.postLogoutRedirectUri;
    const request = { id_token_hint: signedIn.tokens.idToken, post_logout_redirect_uri };
    const left = await logOut(suite, signedIn, request);
    expect(left.url.href).toBe(post_logout_redirect_uri);
    await checkSignedOut(suite, signedIn);
  },
};
