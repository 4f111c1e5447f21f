import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccUserinfoGet: Module = {
  name: 'oidcc-userinfo-get',
  async run(suite) {
    await signIn(suite, { carrying: 'get' });
  },
};
