import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccDisplayPopup: Module = {
  name: 'oidcc-display-popup',
  async run(suite) {
    const signedIn = await signIn(suite, { request: { display: 'popup' } });
    expect(signedIn.signInPage?.status).toBe(200);
  },
};
