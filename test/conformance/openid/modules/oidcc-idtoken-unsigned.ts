import { expect } from 'vitest';
import type { Module } from '../suite.ts';

export const oidccIdtokenUnsigned: Module = {
  name: 'oidcc-idtoken-unsigned',
  async run({ metadata }) {
    expect(metadata.id_token_signing_alg_values_supported).not.toContain('none');
    return { result: 'skipped', why: 'every ID token is signed; `none` is not offered' };
  },
};
