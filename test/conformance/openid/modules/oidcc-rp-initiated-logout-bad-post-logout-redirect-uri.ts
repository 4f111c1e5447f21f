import { expect } from 'vitest';
import { checkStillSignedIn, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutBadPostLogoutRedirectUri: Module = {
  name: 'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
  async run(suite) {
    const signedIn = await signIn(suite);
    const post_logout_redirect_uri = `${signedIn.client.postLogoutRedirectUri}/other`;
    const request = { id_token_hint: signedIn.tokens.idToken, post_logout_redirect_uri };
    const left = await logOut(suite, signedIn, request);
    expect([left.status, left.stopped]).toEqual([400, false]);
    expect(left.hops).toEqual([]);
    await checkStillSignedIn(suite, signedIn);
  },
};
