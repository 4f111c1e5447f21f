import { expect } from 'vitest';
import { again, signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccMaxAge1: Module = {
  name: 'oidcc-max-age-1',
  async run(suite) {
    const first = await signIn(suite, { request: { max_age: '15000' } });
    suite.pass(3);
    const second = await again(suite, first, { max_age: '1' });
    expect(second.signInPage).toBeDefined();
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken.auth_time).toBeGreaterThan(Number(first.idToken.auth_time));
    expect(second.upstream[0]?.searchParams.get('prompt')).toBe('login');
  },
};
