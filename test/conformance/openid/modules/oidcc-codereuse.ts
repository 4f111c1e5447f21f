import { expect } from 'vitest';
import { redeem } from '../endpoints.ts';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccCodereuse: Module = {
  name: 'oidcc-codereuse',
  async run(suite) {
    const { client, code } = await signIn(suite);
    const second = await redeem(suite, client, code);
    expect([second.status, second.body.error]).toEqual([400, 'invalid_grant']);
  },
};
