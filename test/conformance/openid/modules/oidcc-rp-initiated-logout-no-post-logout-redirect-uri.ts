import { expect } from 'vitest';
import { randomValue } from '../authorize.ts';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutNoPostLogoutRedirectUri: Module = {
  name: 'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
  async run(suite) {
    const signedIn = await signIn(suite);
    const request = { id_token_hint: signedIn.tokens.idToken, state: randomValue(128) };
    const left = await logOut(suite, signedIn, request);
    expect(left.stopped).toBe(false);
    expect(left.text).toContain('signed out');
    await checkSignedOut(suite, signedIn);
  },
};
