import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** The order of parameters and of scopes has no meaning. */
export const oidccAlternateHappyFlow: Module = {
  name: 'oidcc-alternate-happy-flow',
  async run(suite) {
    const { response_type, redirect_uri, ...usual } = { ...(await signIn(suite)).request };
    const request = { redirect_uri, response_type, ...usual, scope: 'email openid' };
    const { claims } = await signIn(suite, { request });
    expect(claims).toHaveProperty('email');
  },
};
