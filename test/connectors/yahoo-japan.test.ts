import { describe, expect, it } from 'vitest';
import { days, hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';

const path = '/yahoo-japan/yconnect/v2/token';
const said = (error: string, error_code: number) => ({ error, error_description: 'Some words.', error_code });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'yahoo-japan',
  profile: 'yahoo-japan',
  authorize: {
    address: 'https://auth.login.yahoo.co.jp/yconnect/v2/authorization',
    parameters: [
      ['client_id', /^dj00/],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid profile email'],
      ['state', 'a1b2c3'],
      ['nonce', /^[\w-]{43}$/],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
    ],
    asking: [
      { ask: { forceLogin: false, maxAge: 600 }, adds: { max_age: '600' } },
      { ask: { forceLogin: true }, adds: { prompt: 'login' } },
      { ask: { forceLogin: true, forceConsent: true }, adds: { prompt: 'login consent' } },
    ],
  },
  exchange: { method: 'POST', path, params: ['grant_type', 'code', 'redirect_uri', 'code_verifier'] },
  granted: ['openid', 'profile', 'email'],
  account: {
    subject: expect.stringMatching(/^[A-Z2-7]{26}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/yahoo-japan/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant', 1401), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client', 1301), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('invalid_request', 1000), becomes: { kind: 'unknown' } },
    {
      step: 'exchange',
      status: 400,
      body: said('unauthorized_client', 1300),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'refresh', status: 400, body: said('invalid_grant', 1501), becomes: dead },
    { step: 'refresh', status: 401, body: said('invalid_client', 1301), becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 500,
      body: said('server_error', 1800),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    {
      step: 'profile',
      status: 401,
      body: said('invalid_token', 1601),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 3600 },
    path: '/userinfo',
    profile: { sub: 'FAKEYJSUB0001', name: '例 花子', picture: 'https://pictures.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['grant_type', 'refresh_token'] },
    keepsRefreshToken: false,
  },
  revocation: 'none',
});

describe('Yahoo! JAPAN', () => {
  it('keeps one refresh token for four weeks, and states its expiry', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(28 * 86_400);
    room().clock.advance(days(28) - hours(1));
    expect((await room().upstream.refresh(tokens)).expiresIn).toBe(3600);
    room().clock.advance(hours(2));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead });
  });

  it('keeps it for longer if the connection says so', async () => {
    const { upstream } = room().withOptions({ refresh_days: '90' });
    expect((await room().arrive('lin', upstream)).tokens.refreshExpiresIn).toBe(90 * 86_400);
  });

  it('has another issuer than the other Yahoo', () => {
    expect(room().real.registration.issuer).toBe('https://auth.login.yahoo.co.jp/yconnect/v2');
  });
});
