import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsurePostRequestSucceeds: Module = {
  name: 'oidcc-ensure-post-request-succeeds',
  async run(suite) {
    await signIn(suite, { method: 'POST' });
  },
};
