import { expect } from 'vitest';
import { again, signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccMaxAge10000: Module = {
  name: 'oidcc-max-age-10000',
  async run(suite) {
    const first = await signIn(suite, { request: { max_age: '15000' } });
    expect(first.idToken.auth_time).toEqual(expect.any(Number));
    suite.pass(5);
    const second = await again(suite, first, { max_age: '10000' });
    expect(second.signInPage).toBeUndefined();
    expect(second.idToken.sub).toBe(first.idToken.sub);
    expect(second.idToken.auth_time).toBe(first.idToken.auth_time);
  },
};
