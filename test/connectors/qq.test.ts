import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';

const openid = 'FAKEOPENID0123456789';
const said = (error: number) => `callback( {"error":${error},"error_description":"some words"} );`;
const plain = (error: number) => ({ error, error_description: 'some words' });
const dead = (reason: 'rejected' | 'expired' | 'revoked_by_user') =>
  ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'qq',
  profile: 'qq',
  authorize: {
    address: 'https://graph.qq.com/oauth2.0/authorize',
    parameters: [
      ['response_type', 'code'],
      ['client_id', '101050105'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['state', 'a1b2c3'],
      ['scope', 'get_user_info'],
    ],
  },
  exchange: {
    method: 'GET',
    path: '/qq/oauth2.0/token',
    params: ['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'fmt', 'need_openid'],
    // Without these parameters the same tokens come as a form, or without the openid.
    tolerated: ['without fmt', 'another fmt', 'without need_openid', 'another need_openid'],
  },
  account: {
    subject: expect.stringMatching(/^[\dA-F]{32}$/),
    alternates: { 'qq:unionid': expect.stringMatching(/^UID_/) },
    name: '林小雨',
    picture: expect.stringContaining('/qq/lab/avatars/lin/100'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(100001), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(100009), becomes: misconfigured },
    { step: 'exchange', status: 200, body: plain(100010), becomes: misconfigured },
    { step: 'exchange', status: 200, body: plain(100019), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(100020), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(1), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: 'callback( nothing );', becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: said(100048), becomes: misconfigured },
    { step: 'refresh', status: 200, body: said(100016), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: plain(100020), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: plain(100013), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: plain(100014), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: plain(100015), becomes: dead('revoked_by_user') },
    { step: 'refresh', status: 200, body: plain(100016), becomes: dead('rejected') },
    { step: 'refresh', status: 200, body: plain(100030), becomes: dead('revoked_by_user') },
    { step: 'refresh', status: 200, body: plain(100009), becomes: misconfigured },
    { step: 'refresh', status: 200, body: plain(100021), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 200, body: plain(100013), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: said(100014), becomes: dead('expired') },
    { step: 'profile', status: 200, body: plain(100015), becomes: dead('revoked_by_user') },
    { step: 'profile', status: 200, body: plain(100048), becomes: misconfigured },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      expires_in: '5184000',
      refresh_token: 'rogue-refresh-token',
    },
    path: '/api/oauth2.0/me',
    profile: { client_id: '101050105', openid },
    subject: 'openid',
    showing: { path: '/userinfo', profile: { ret: 0, msg: '', nickname: '小例子' } },
    shown: ['nickname', 'figureurl_qq_2', 'figureurl_qq_1'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'GET',
      path: '/qq/oauth2.0/token',
      params: ['grant_type', 'client_id', 'client_secret', 'refresh_token', 'fmt'],
      tolerated: ['without fmt', 'another fmt'],
    },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

describe('QQ', () => {
  it('gives the app what it needs besides the token', async () => {
    const { tokens, account } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({ oauth_consumer_key: '101050105', openid: account.subject });
  });

  it('is asked again without unionid if that was not granted, and still identifies the person', async () => {
    const { account: before } = await room().arrive('lin');
    await room().fault('profile', 'unionid_not_granted');
    const { account } = await room().arrive('lin');
    expect(account).toEqual({ ...before, alternates: {} });
  });

  it('signs no one in with another app’s token', async () => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'x' }, '/api/oauth2.0/me': { client_id: '100000001', openid } });
    await expect(finish(misled, run)).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });

  it.each([1002, 100030])('signs no one in if it refuses the profile with ret %i', async (ret) => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'x' },
      '/api/oauth2.0/me': { client_id: '101050105', openid },
      '/userinfo': { ret, msg: 'some words' },
    });
    await expect(finish(misled, run)).rejects.toMatchObject({ step: 'profile' });
  });

  it('cannot refresh twice with the same token', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
  });
});
