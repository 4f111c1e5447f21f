import { expect } from 'vitest';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutNoParams: Module = {
  name: 'oidcc-rp-initiated-logout-no-params',
  async run(suite) {
    const signedIn = await signIn(suite);
    const request = {};
    const left = await logOut(suite, signedIn, request);
    expect(left.stopped).toBe(false);
    expect(left.text).toContain('signed out');
    await checkSignedOut(suite, signedIn);
  },
};
