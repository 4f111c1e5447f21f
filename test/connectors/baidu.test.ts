import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';

const path = '/baidu/oauth/2.0/token';
const said = (error: string) => ({ error, error_description: 'Some words.' });
const api = (error_code: number | string) => ({ error_code, error_msg: 'some words' });
const dead = (reason: 'rejected' | 'expired') => ({ kind: 'grant-dead', reason }) as const;

const room = conforms({
  provider: 'baidu',
  profile: 'baidu',
  authorize: {
    address: 'https://openapi.baidu.com/oauth/2.0/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'basic'],
      ['state', 'a1b2c3'],
      ['client_id', /^[\w-]{24}$/],
    ],
    asking: [{ ask: { forceLogin: true }, adds: { force_login: '1' } }],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['basic'],
  account: {
    subject: expect.stringMatching(/^[\w-]{32}$/),
    alternates: {},
    name: '林***',
    picture: expect.stringMatching(/^https:\/\/himg\.bdimg\.com\/sys\/portrait\/item\/[0-9a-f]{32}$/),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('unauthorized_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'exchange',
      status: 400,
      body: said('redirect_uri_mismatch'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('invalid_grant'), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: said('expired_token'), becomes: dead('expired') },
    { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'profile', status: 200, body: api(110), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: api('111'), becomes: dead('expired') },
    { step: 'profile', status: 401, body: api(110), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: api(6), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', scope: 'basic', expires_in: 2_592_000 },
    path: '/userinfo',
    profile: { openid: 'fake_baidu_openid', username: '示***户', portrait: 'fakeportrait', sex: '1' },
    subject: 'openid',
    shown: ['username', 'portrait'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'GET',
    path: '/baidu/rest/2.0/passport/auth/revokeAuthorization',
    params: ['access_token'],
  },
});

describe('Baidu', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it('has a session secret, which is not stored', async () => {
    const { tokens } = await room().arrive('lin');
    expect(Object.keys(tokens.extra).filter((name) => name.startsWith('session'))).toEqual([]);
  });

  it('identifies people by the id that the connection names, and never falls back to the other', async () => {
    const { rogue, misled, withOptions } = room();
    const { misled: old } = withOptions({ subject: 'userid' });
    for (const [upstream, profile, subject] of [
      [old, { userid: 2097322476, openid: 'o' }, '2097322476'],
      [old, { userid: '2097322476' }, '2097322476'],
      [old, { openid: 'o' }, undefined],
      [misled, { userid: 2097322476 }, undefined],
    ] as const) {
      rogue.says({ '/token': { access_token: 'x' }, '/userinfo': profile });
      const arrived = upstream.signIn(run).then(({ account }) => account.subject);
      if (subject) expect(await arrived).toBe(subject);
      else await expect(arrived).rejects.toMatchObject({ code: 'no_subject' });
    }
  });

  it('returns the developer’s shared id if the connection asks for it', async () => {
    const { account } = await room().arrive('lin', room().withOptions({ unionid: 'on' }).upstream);
    expect(account.alternates).toEqual({ 'baidu:unionid': expect.stringMatching(/^[\w-]{32}$/) });
    expect((await room().arrive('lin')).account.alternates).toEqual({});
  });

  it('has revoked a grant only if it says so', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().fault('revoke', 'not_revoked');
    const held = { ...tokens, subject: account.subject };
    await expect(room().upstream.revoke(held)).rejects.toMatchObject({ code: 'not_revoked' });
    expect(await room().grants('lin')).toBe(1);
  });

  it('revokes a grant with a valid token, after a refresh if it has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(days(31));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });
});
