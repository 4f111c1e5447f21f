import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccLoginHint: Module = {
  name: 'oidcc-login-hint',
  async run(suite) {
    await signIn(suite, { request: { login_hint: 'buffy@broker.example' } });
  },
};
