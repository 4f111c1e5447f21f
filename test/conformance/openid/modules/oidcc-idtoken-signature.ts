import { decodeProtectedHeader } from 'jose';
import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccIdtokenSignature: Module = {
  name: 'oidcc-idtoken-signature',
  async run(suite) {
    const { tokens } = await signIn(suite);
    const { alg, kid } = decodeProtectedHeader(tokens.idToken);
    const { keys } = (await (await fetch(suite.metadata.jwks_uri)).json()) as { keys: { kid: string }[] };
    expect(alg).toBe('RS256');
    expect(keys.filter((key) => key.kid === kid)).toMatchObject([{ kty: 'RSA', use: 'sig' }]);
    // The key has its public members only.
    for (const key of keys) expect(key).not.toHaveProperty('d');
  },
};
