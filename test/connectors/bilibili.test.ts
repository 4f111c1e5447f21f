import { describe, expect, it } from 'vitest';
import { bilibili } from '../../src/connectors/providers/bilibili.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';

const said = (code: number) => ({ code, message: 'some words', ttl: 1 });
const dead = (reason: 'rejected' | 'expired') => ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'bilibili',
  profile: 'bilibili',
  authorize: {
    address: 'https://account.bilibili.com/pc/account-pc/auth/oauth',
    parameters: [
      ['client_id', 'b1b10105b1b10105'],
      ['gourl', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['state', 'a1b2c3'],
    ],
  },
  exchange: {
    method: 'POST',
    path: '/bilibili/x/account-oauth2/v1/token',
    params: ['client_id', 'client_secret', 'grant_type', 'code'],
  },
  account: {
    subject: expect.stringMatching(/^[\da-f]{32}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/bilibili/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(-400), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(-1), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(-3), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(-503), becomes: { kind: 'unavailable' } },
    {
      step: 'exchange',
      status: 200,
      body: said(-412),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'exchange', status: 200, body: said(-9), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said(-658), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: said(-400), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 200,
      body: said(-799),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'profile', status: 200, body: said(-2), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: said(-101), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: said(-403), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {
      code: 0,
      message: '0',
      ttl: 1,
      data: { access_token: 'rogue-access-token', expires_in: 1798761600 },
    },
    path: '/userinfo',
    profile: { name: '示例UP', face: 'https://i0.hdslb.com/fake.jpg', openid: 'fakeopenid' },
    wrap: (data) => ({ code: 0, message: '0', ttl: 1, data }),
    subject: 'openid',
    shown: ['name', 'face'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/bilibili/x/account-oauth2/v1/refresh_token',
      params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Bilibili', () => {
  it('uses its older page behind the #, unless the connection says otherwise', () => {
    const url = new URL(bilibili.endpoints.authorization);
    url.search = 'response_type=code&redirect_uri=https%3A%2F%2Fbroker.example%2Fc&state=s1&client_id=b1';
    const { registration } = room();
    expect(bilibili.rewriteAuthorizeUrl?.(url, registration).href).toBe(
      'https://passport.bilibili.com/register/pc_oauth2.html#/?client_id=b1&return_url=https%3A%2F%2Fbroker.example%2Fc&response_type=code&state=s1',
    );
  });

  it('states the expiry as a time or, in some versions, as seconds', async () => {
    const { rogue, misled, clock } = room();
    const moment = Math.floor(clock.now().getTime() / 1000) + 7200;
    for (const expires_in of [moment, String(moment), 7200]) {
      rogue.says({
        '/token': { code: 0, data: { access_token: 'x', expires_in } },
        '/userinfo': { code: 0, data: { openid: 'o' } },
      });
      const { tokens } = await finish(misled, {
        code: 'c',
        verifier: undefined,
        nonce: undefined,
        iss: undefined,
      });
      expect(tokens.expiresIn).toBe(7200);
    }
  });
});
