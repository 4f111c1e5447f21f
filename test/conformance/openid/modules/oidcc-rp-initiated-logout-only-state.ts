import { expect } from 'vitest';
import { randomValue } from '../authorize.ts';
import { checkSignedOut, logOut } from '../log-out.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccRpInitiatedLogoutOnlyState: Module = {
  name: 'oidcc-rp-initiated-logout-only-state',
  async run(suite) {
    const signedIn = await signIn(suite);
    const request = { state: randomValue(128) };
    const left = await logOut(suite, signedIn, request);
    expect(left.stopped).toBe(false);
    expect(left.text).toContain('signed out');
    await checkSignedOut(suite, signedIn);
  },
};
