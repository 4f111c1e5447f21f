import { UnsecuredJWT } from 'jose';
import { expect } from 'vitest';
import { authorize } from '../authorize.ts';
import type { Module } from '../suite.ts';

export const oidccEnsureRequestObjectWithRedirectUri: Module = {
  name: 'oidcc-ensure-request-object-with-redirect-uri',
  async run(suite) {
    const object = new UnsecuredJWT({ redirect_uri: suite.client.redirectUri }).encode();
    const refused = await authorize(suite, {
      request: { request: object, redirect_uri: `${suite.client.redirectUri}/other` },
    });
    expect([refused.page.status, refused.page.stopped]).toEqual([400, false]);
    expect(refused.page.hops).toEqual([]);
    return { result: 'skipped', why: 'request objects must be signed; the address beside it is refused' };
  },
};
