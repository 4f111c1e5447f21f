import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccScopeEmail: Module = {
  name: 'oidcc-scope-email',
  async run(suite) {
    const { claims } = await signIn(suite, { request: { scope: 'openid email' } });
    expect(claims).toMatchObject({ email: 'ada@workspace.example', email_verified: expect.any(Boolean) });
    expect(claims).not.toHaveProperty('name');
  },
};
