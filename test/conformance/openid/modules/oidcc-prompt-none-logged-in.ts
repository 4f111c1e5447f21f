import { expect } from 'vitest';
import { again, signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccPromptNoneLoggedIn: Module = {
  name: 'oidcc-prompt-none-logged-in',
  async run(suite) {
    const first = await signIn(suite);
    expect(first.upstream[0]?.searchParams.get('prompt')).toBeNull();
    const second = await again(suite, first, { prompt: 'none' });
    expect(second.signInPage).toBeUndefined();
    expect(second.upstream).toEqual([]);
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken.auth_time).toBe(first.idToken.auth_time);
  },
};
