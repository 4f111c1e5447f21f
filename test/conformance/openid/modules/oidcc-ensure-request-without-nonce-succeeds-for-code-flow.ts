import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRequestWithoutNonceSucceedsForCodeFlow: Module = {
  name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
  async run(suite) {
    const { idToken } = await signIn(suite, { request: { nonce: undefined } });
    expect(idToken).not.toHaveProperty('nonce');
  },
};
