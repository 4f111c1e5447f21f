import { expect } from 'vitest';
import { authorize } from '../authorize.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRegisteredRedirectUri: Module = {
  name: 'oidcc-ensure-registered-redirect-uri',
  async run(suite) {
    const { redirectUri } = suite.client;
    for (const redirect_uri of [
      `${redirectUri}/other`,
      `${redirectUri}?foo=bar`,
      'https://second.example/',
    ]) {
      const { page } = await authorize(suite, { request: { redirect_uri } });
      expect([page.status, page.stopped]).toEqual([400, false]);
      expect(page.hops).toEqual([]);
      expect(page.text).toContain('redirect_uri');
    }
  },
};
