import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccUserinfoPostHeader: Module = {
  name: 'oidcc-userinfo-post-header',
  async run(suite) {
    await signIn(suite, { carrying: 'post-header' });
  },
};
