import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccClaimsEssential: Module = {
  name: 'oidcc-claims-essential',
  async run(suite) {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const signedIn = await signIn(suite, { request: { claims } });
    expect(signedIn.claims).toMatchObject({ name: expect.any(String) });
    expect(suite.metadata.claims_parameter_supported).toBe(true);
  },
};
