import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** With scope openid alone, nothing about the person but the subject. */
export const oidccServer: Module = {
  name: 'oidcc-server',
  async run(suite) {
    const { idToken, claims } = await signIn(suite);
    const told = Object.keys(idToken).filter((claim) => !protocolClaims.includes(claim));
    expect(told).toEqual([]);
    expect(Object.keys(claims)).toEqual(['sub']);
  },
};

/** Of Core 2, Back-Channel Logout 2.2 and Core 3.1.3.6. */
const protocolClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash', 'sid'];
