import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccClaimsEssential: Module = {
  name: 'oidcc-claims-essential',
  async run(suite) {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const signedIn = await signIn(suite, { request: { claims } });
    expect(signedIn.claims).not.toHaveProperty('name');
    expect(suite.metadata.claims_parameter_supported).toBe(false);
    return {
      result: 'warning',
      why: 'the claims parameter is not offered; scopes say what an app gets to know',
    };
  },
};
