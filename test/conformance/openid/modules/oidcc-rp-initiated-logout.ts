import { expect } from 'vitest';
import { randomValue } from '../authorize.ts';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogout: Module = {
  name: 'oidcc-rp-initiated-logout',
  async run(suite) {
    const signedIn = await signIn(suite);
    const state = randomValue(128);
    const post_logout_redirect_uri = signedIn.client.postLogoutRedirectUri;
    const request = { id_token_hint: signedIn.tokens.idToken, post_logout_redirect_uri, state };
    const left = await logOut(suite, signedIn, request);
    expect(left.url.href).toBe(`${post_logout_redirect_uri}?state=${state}`);
    await checkSignedOut(suite, signedIn);
  },
};
