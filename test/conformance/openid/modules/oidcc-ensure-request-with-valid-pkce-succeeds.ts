import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { authorize, randomValue } from '../authorize.ts';
import { checkCallback } from '../checks.ts';
import { redeem } from '../endpoints.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRequestWithValidPkceSucceeds: Module = {
  name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
  async run(suite) {
    const verifier = randomValue(64);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const request = { code_challenge, code_challenge_method: 'S256' };
    await signIn(suite, { request, verifier });
    // The verifier is checked: a wrong one fails.
    const code = checkCallback(suite, await authorize(suite, { request }));
    const refused = await redeem(suite, suite.client, code, randomValue(64));
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    expect(suite.metadata.code_challenge_methods_supported).toEqual(['S256']);
  },
};
