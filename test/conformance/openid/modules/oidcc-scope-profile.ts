import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccScopeProfile: Module = {
  name: 'oidcc-scope-profile',
  async run(suite) {
    const { claims } = await signIn(suite, { request: { scope: 'openid profile' } });
    expect(Object.keys(claims).sort()).toEqual(['name', 'picture', 'sub', 'updated_at']);
  },
};
