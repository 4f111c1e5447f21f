import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** With scope openid alone, the only claim about the person is the subject. */
export const oidccServer: Module = {
  name: 'oidcc-server',
  async run(suite) {
    const { idToken, claims } = await signIn(suite);
    const told = Object.keys(idToken).filter((claim) => !protocolClaims.includes(claim));
    expect(told).toEqual([]);
    expect(Object.keys(claims)).toEqual(['sub']);
  },
};

/** The claims of Core 2, Back-Channel Logout 2.2 and Core 3.1.3.6. */
const protocolClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash', 'sid'];
