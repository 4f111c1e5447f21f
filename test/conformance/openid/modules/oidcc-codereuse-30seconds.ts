import { expect } from 'vitest';
import { redeem, userinfo } from '../endpoints.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

/** RFC 6749 section 4.1.2: the tokens of the first use are revoked too. */
export const oidccCodereuse30seconds: Module = {
  name: 'oidcc-codereuse-30seconds',
  async run(suite) {
    const { client, code, tokens } = await signIn(suite);
    suite.pass(30);
    const second = await redeem(suite, client, code);
    expect([second.status, second.body.error]).toEqual([400, 'invalid_grant']);
    expect((await userinfo(suite, tokens.accessToken)).status).toBe(401);
  },
};
