import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccUserinfoPostBody: Module = {
  name: 'oidcc-userinfo-post-body',
  async run(suite) {
    await signIn(suite, { carrying: 'post-body' });
  },
};
