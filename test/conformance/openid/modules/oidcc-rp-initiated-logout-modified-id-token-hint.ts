import { UnsecuredJWT } from 'jose';
import { expect } from 'vitest';
import { checkStillSignedIn, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutModifiedIdTokenHint: Module = {
  name: 'oidcc-rp-initiated-logout-modified-id-token-hint',
  async run(suite) {
    const signedIn = await signIn(suite);
    const id_token_hint = new UnsecuredJWT(signedIn.idToken).encode();
    const post_logout_redirect_uri = signedIn.client.postLogoutRedirectUri;
    const request = { id_token_hint, post_logout_redirect_uri };
    const left = await logOut(suite, signedIn, request);
    expect([left.status, left.stopped]).toEqual([400, false]);
    expect(left.hops).toEqual([]);
    await checkStillSignedIn(suite, signedIn);
  },
};
