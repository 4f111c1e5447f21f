import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureOtherScopeOrderSucceeds: Module = {
  name: 'oidcc-ensure-other-scope-order-succeeds',
  async run(suite) {
    const { claims } = await signIn(suite, { request: { scope: 'profile email openid' } });
    expect(claims).toHaveProperty('email');
  },
};
