import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';

const open_id = '_000fakeOpen';
const said = (error_code: number | string) => ({
  data: { captcha: '', desc_url: '', description: 'some words', error_code, log_id: '20260101fake' },
  message: 'error',
});
const dead = (reason: 'rejected' | 'expired') => ({ kind: 'grant-dead', reason }) as const;
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'douyin',
  profile: 'douyin',
  authorize: {
    address: 'https://open.douyin.com/platform/oauth/connect/',
    parameters: [
      ['client_key', 'awsymbolonlab001'],
      ['response_type', 'code'],
      ['scope', 'user_info'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['state', 'a1b2c3'],
    ],
  },
  exchange: {
    method: 'POST',
    path: '/douyin/oauth/access_token/',
    params: ['client_key', 'client_secret', 'code', 'grant_type'],
  },
  granted: ['user_info'],
  account: {
    subject: expect.stringMatching(/^_000[\w-]{32}$/),
    alternates: { 'douyin:union_id': expect.stringMatching(/^[\w-]{36}$/) },
    name: '林小雨',
    picture: expect.stringContaining('/douyin/lab/avatars/lin'),
    email: undefined,
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 200, body: said(10007), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said('10007'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said(10003), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(10004), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(10013), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(29002002), becomes: misconfigured },
    { step: 'exchange', status: 200, body: said(10005), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 200, body: said(10010), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: said(10020), becomes: dead('expired') },
    { step: 'refresh', status: 200, body: said(2100004), becomes: { kind: 'unavailable' } },
    { step: 'refresh', status: 200, body: said(28001005), becomes: { kind: 'unavailable' } },
    {
      step: 'refresh',
      status: 200,
      body: said(28003018),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'refresh', status: 200, body: said(10003), becomes: misconfigured },
    { step: 'profile', status: 200, body: said(10008), becomes: dead('expired') },
    { step: 'profile', status: 200, body: said(2190008), becomes: dead('expired') },
    { step: 'profile', status: 200, body: said(28001008), becomes: dead('expired') },
    { step: 'profile', status: 200, body: said(28001003), becomes: dead('rejected') },
    { step: 'profile', status: 200, body: said(28001018), becomes: misconfigured },
    { step: 'profile', status: 200, body: said(10004), becomes: misconfigured },
    { step: 'profile', status: 200, body: { err_no: 28001008, err_msg: 'x' }, becomes: dead('expired') },
    { step: 'profile', status: 200, body: { data: {}, err_no: '28001003' }, becomes: dead('rejected') },
    { step: 'profile', status: 200, body: said(1), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { data: { access_token: 'rogue-access-token', open_id, error_code: 0 }, message: 'success' },
    path: '/userinfo',
    profile: { open_id, nickname: '示例', avatar: 'https://p3.douyinpic.com/fake.jpeg', error_code: '0' },
    wrap: (data) => ({ data, err_no: 0, err_msg: '' }),
    subject: 'open_id',
    shown: ['nickname', 'avatar'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/douyin/oauth/refresh_token/',
      params: ['client_key', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: true,
    after: days(16),
  },
  revocation: 'none',
});

describe('Douyin', () => {
  it('gives the app what it needs besides the token', async () => {
    const { tokens, account } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({ open_id: account.subject });
  });

  it('extends a valid token, and never the refresh token', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(30 * 86_400);
    room().clock.advance(days(10));
    const next = await room().upstream.refresh(tokens);
    expect(next.accessToken.reveal()).toBe(tokens.accessToken.reveal());
    expect(next).toMatchObject({ expiresIn: 15 * 86_400, refreshExpiresIn: 20 * 86_400 });
    room().clock.advance(days(21));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead('expired') });
  });

  it('signs no one in if it answers for another open_id than the token’s', async () => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { data: { access_token: 'x', open_id: 'one' } },
      '/userinfo': { data: { open_id: 'other' } },
    });
    const call = finish(misled, { code: 'c', verifier: undefined, nonce: undefined, iss: undefined });
    await expect(call).rejects.toMatchObject({ step: 'profile', code: 'bad_profile' });
  });
});
