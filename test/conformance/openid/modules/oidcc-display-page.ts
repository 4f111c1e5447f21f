import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccDisplayPage: Module = {
  name: 'oidcc-display-page',
  async run(suite) {
    const signedIn = await signIn(suite, { request: { display: 'page' } });
    expect(signedIn.signInPage?.status).toBe(200);
  },
};
