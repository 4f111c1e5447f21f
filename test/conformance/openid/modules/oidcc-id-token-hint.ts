import { expect } from 'vitest';
import { again, signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccIdTokenHint: Module = {
  name: 'oidcc-id-token-hint',
  async run(suite) {
    const first = await signIn(suite);
    const second = await again(suite, first, { prompt: 'none', id_token_hint: first.tokens.idToken });
    expect(second.signInPage).toBeUndefined();
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken.auth_time).toBe(first.idToken.auth_time);
  },
};
