import { expect } from 'vitest';
import { signIn } from '../sign-in.ts';
import type { Module } from '../suite.ts';

export const oidccUiLocales: Module = {
  name: 'oidcc-ui-locales',
  async run(suite) {
    await signIn(suite, { request: { ui_locales: 'se' } });
    const { signInPage } = await signIn(suite, { request: { ui_locales: 'se zh-CN en' } });
    expect(signInPage?.html).toContain('lang="zh-CN"');
    expect(suite.metadata.ui_locales_supported).toContain('zh-CN');
  },
};
