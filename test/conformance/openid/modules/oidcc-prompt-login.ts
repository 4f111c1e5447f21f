import { expect } from 'vitest';
import { again, signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccPromptLogin: Module = {
  name: 'oidcc-prompt-login',
  async run(suite) {
    const first = await signIn(suite, { request: { max_age: '15000' } });
    suite.pass(2);
    const second = await again(suite, first, { prompt: 'login' });
    expect(second.signInPage).toBeDefined();
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken.auth_time).toBeGreaterThan(Number(first.idToken.auth_time));
    // The provider must authenticate the person again, although it has a session.
    const [sent] = second.upstream;
    expect(sent?.searchParams.get('prompt')).toBe('login');
  },
};
