import { expect } from 'vitest';
import { authorize } from '../authorize.ts';
import { checkError } from '../checks.ts';
import type { Module } from '../suite.ts';

export const oidccPromptNoneNotLoggedIn: Module = {
  name: 'oidcc-prompt-none-not-logged-in',
  async run(suite) {
    const refused = await authorize(suite, { request: { prompt: 'none' } });
    checkError(refused, 'login_required');
    expect(refused.signInPage).toBeUndefined();
  },
};
