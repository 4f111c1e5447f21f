import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccClaimsLocales: Module = {
  name: 'oidcc-claims-locales',
  async run(suite) {
    await signIn(suite, { request: { claims_locales: 'se' } });
  },
};
