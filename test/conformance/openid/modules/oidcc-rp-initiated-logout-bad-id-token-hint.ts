import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { checkStillSignedIn, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** A hint signed with a key that the client has too. */
export const oidccRpInitiatedLogoutBadIdTokenHint: Module = {
  name: 'oidcc-rp-initiated-logout-bad-id-token-hint',
  async run(suite) {
    const signedIn = await signIn(suite);
    const key = new TextEncoder().encode(signedIn.client.secret);
    const id_token_hint = await new SignJWT(signedIn.idToken).setProtectedHeader({ alg: 'HS256' }).sign(key);
    const post_logout_redirect_uri = signedIn.client.postLogoutRedirectUri;
    const request = { id_token_hint, post_logout_redirect_uri };
    const left = await logOut(suite, signedIn, request);
    expect([left.status, left.stopped]).toEqual([400, false]);
    expect(left.hops).toEqual([]);
    await checkStillSignedIn(suite, signedIn);
  },
};
