import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, refreshAt } from './usual.ts';

const path = '/huawei/oauth2/v3/token';
const said = (sub_error: number) => ({ sub_error, error_description: 'some words', error: 1101 });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;
const spent = { kind: 'code-spent' } as const;
const wrong = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'huawei',
  profile: 'huawei',
  authorize: {
    address: 'https://oauth-login.cloud.huawei.com/oauth2/v3/authorize',
    parameters: [
      ...authorizeParameters('105010501', { scope: 'openid profile email', access_type: 'offline' }),
      ['nonce', /^[\w-]{43}$/],
      ...challenge,
    ],
  },
  exchange: exchangeAt(path, { pkce: true }),
  granted: ['openid', 'profile', 'email'],
  account: {
    subject: expect.stringMatching(/^MDF[\w-]{40}$/),
    alternates: {
      'huawei:union_id': expect.stringMatching(/^MDF/),
      'huawei:openid': expect.stringMatching(/^MDE/),
    },
    name: '林小雨',
    picture: expect.stringContaining('/huawei/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said(20_152), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_155), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_156), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_158), becomes: spent },
    { step: 'exchange', status: 400, body: said(20_154), becomes: wrong },
    { step: 'exchange', status: 400, body: said(20_024), becomes: wrong },
    { step: 'exchange', status: 400, body: said(12_304), becomes: wrong },
    { step: 'exchange', status: 400, body: said(20_085), becomes: wrong },
    { step: 'exchange', status: 400, body: said(99_999), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 400, body: { error: 1101 }, becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said(20_192), becomes: dead },
    { step: 'refresh', status: 400, body: said(20_171), becomes: wrong },
    { step: 'refresh', status: 400, body: said(20_182), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 503,
      body: { error: 1302 },
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 3600 },
    from: 'id-token',
    path: '/token',
    profile: { sub: 'MDFfakeU', openid: 'MDFfake', name: '例', picture: 'https://upfile.example/1.jpg' },
    subject: 'sub',
    shown: ['name', 'display_name', 'picture', 'email'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true },
  revocation: {
    method: 'POST',
    path: '/huawei/oauth2/v3/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('HUAWEI ID', () => {
  it('is asked for offline access, without which no refresh token comes', async () => {
    expect((await room().arrive('lin')).tokens.refreshToken).toBeDefined();
  });

  it('names an issuer that is at home elsewhere than its metadata', () => {
    const { issuer, endpoints } = room().real.registration;
    expect([new URL(issuer).host, new URL(endpoints.jwks ?? '').host]).toEqual([
      'accounts.huawei.com',
      'oauth-login.cloud.huawei.com',
    ]);
  });
});
