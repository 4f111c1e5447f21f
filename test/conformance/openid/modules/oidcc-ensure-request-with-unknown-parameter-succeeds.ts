import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRequestWithUnknownParameterSucceeds: Module = {
  name: 'oidcc-ensure-request-with-unknown-parameter-succeeds',
  async run(suite) {
    await signIn(suite, { request: { extra: 'foobar' } });
  },
};
