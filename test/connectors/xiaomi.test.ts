import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { depart } from './provider-world.ts';

const said = (error: number) => `&&&START&&&{"error":${error},"error_description":"some words"}`;
const told = (code: number) => ({ result: 'error', code, description: 'some words' });
const dead = (reason: 'rejected' | 'expired' | 'revoked_by_user') =>
  ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'xiaomi',
  profile: 'xiaomi',
  authorize: {
    address: 'https://account.xiaomi.com/oauth2/authorize',
    parameters: [
      ['client_id', '2882303761500105010'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', '1 3'],
      ['state', 'a1b2c3'],
    ],
    asking: [{ ask: { forceConsent: true }, adds: { skip_confirm: 'false' } }],
  },
  exchange: {
    method: 'GET',
    path: '/xiaomi/oauth2/token',
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['1', '3'],
  account: {
    subject: expect.stringMatching(/^2\.0\w{22}$/),
    alternates: { 'xiaomi:union_id': expect.stringMatching(/^\w{24}$/) },
    name: '林小雨',
    picture: expect.stringContaining('/xiaomi/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(96013), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said(96013), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(96001), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(96003), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(96005), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(96007), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(96010), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(96012), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: said(96002), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: '&&&START&&&', becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said(96009), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: said(96008), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: said(96012), becomes: dead('revoked_by_user') },
    { step: 'refresh', status: 200, body: said(96003), becomes: misconfigured },
    { step: 'refresh', status: 200, body: said(1), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 403, body: told(96008), becomes: dead('expired') },
    { step: 'profile', status: 403, body: {}, becomes: dead('rejected') },
    { step: 'profile', status: 200, body: told(96012), becomes: dead('revoked_by_user') },
  ],
  rogue: {
    tokens: {},
    path: '/token',
    profile: {
      access_token: 'rogue-access-token',
      expires_in: 7776000,
      token_type: 'mac',
      openId: 'fakeOpen',
    },
    subject: 'openId',
    showing: {
      path: '/userinfo',
      profile: { miliaoNick: '示例', miliaoIcon: 'https://s1.mi-img.com/fake.jpg' },
      wrap: (data) => ({ result: 'ok', code: 0, description: 'no error', data }),
    },
    shown: ['miliaoNick', 'miliaoIcon'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'GET',
      path: '/xiaomi/oauth2/token',
      params: ['client_id', 'client_secret', 'grant_type', 'refresh_token', 'redirect_uri'],
    },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Xiaomi', () => {
  it('takes the token in the query, and requires the app’s id beside it', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({ clientId: '2882303761500105010' });
    expect(tokens.extra).not.toHaveProperty('mac_key');
  });

  it('signs no one in without the openId', async () => {
    const { upstream } = room();
    const { url } = await depart(upstream);
    url.searchParams.set('scope', '1');
    url.searchParams.set('lab_auto', '1');
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
    const code = back.searchParams.get('code') ?? '';
    const call = upstream.signIn({ code, verifier: undefined, nonce: undefined, iss: undefined });
    await expect(call).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });

  it('cannot refresh twice with the same token', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead('rejected') });
  });
});
