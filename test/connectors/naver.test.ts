import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, refreshAt } from './usual.ts';

const path = '/naver/oauth2.0/token';
const said = (error: string, error_description = 'some words') => ({ error, error_description });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'naver',
  profile: 'naver',
  authorize: {
    address: 'https://nid.naver.com/oauth2.0/authorize',
    parameters: authorizeParameters(/^[\w-]{20}$/, {}),
    asking: [
      { ask: { forceLogin: true }, adds: { auth_type: 'reauthenticate' } },
      { ask: { forceConsent: true, forceLogin: true }, adds: { auth_type: 'reprompt' } },
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'state'],
    tolerated: ['another state'],
  },
  account: {
    subject: expect.stringMatching(/^[\w-]{43}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/naver/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: false,
  },
  words: [
    {
      step: 'exchange',
      status: 200,
      body: said('invalid_request', 'no valid data in session'),
      becomes: { kind: 'code-spent' },
    },
    { step: 'exchange', status: 200, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: said('unauthorized_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 200,
      body: said('invalid_request', 'no valid data in session'),
      becomes: dead,
    },
    { step: 'refresh', status: 200, body: said('invalid_grant'), becomes: dead },
    { step: 'refresh', status: 200, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 503,
      body: said('temporarily_unavailable'),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    { step: 'profile', status: 401, body: { resultcode: '024', message: 'failed' }, becomes: dead },
    { step: 'profile', status: 401, body: { resultcode: '028', message: 'failed' }, becomes: dead },
    { step: 'profile', status: 403, body: { resultcode: '403' }, becomes: { kind: 'misconfigured' } },
    { step: 'profile', status: 200, body: { resultcode: '99' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue+access/token=',
      refresh_token: 'r',
      token_type: 'bearer',
      expires_in: '3600',
    },
    path: '/userinfo',
    profile: { id: 'fakeNaverId_0001', nickname: '예시', email: 'user@example.kr' },
    wrap: (response) => ({ resultcode: '00', message: 'success', response }),
    subject: 'id',
    shown: ['nickname', 'name', 'email', 'profile_image'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: false },
  revocation: {
    method: 'POST',
    path: '/naver/oauth2.0/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Naver', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it('writes lifetimes as text', async () => {
    expect((await room().arrive('lin')).tokens.expiresIn).toBe(3600);
  });

  it('identifies people of old apps by a number, and people who withhold all else by their id only', async () => {
    const { rogue, misled } = room();
    for (const [id, subject] of [
      [32_742_776, '32742776'],
      ['x'.repeat(64), 'x'.repeat(64)],
    ]) {
      rogue.says({ '/token': { access_token: 'x' }, '/userinfo': { resultcode: '00', response: { id } } });
      const { account } = await misled.signIn(run);
      expect(account).toEqual({ subject, alternates: {}, emailVerified: false });
    }
  });

  it('refuses an exchange without its state', async () => {
    const { callback, ...run } = await room().approved('lin');
    await expect(room().upstream.signIn(run)).rejects.toMatchObject({ step: 'exchange' });
    const whole = { ...run, ...(callback && { callback }) };
    expect((await room().upstream.signIn(whole)).account.name).toBe('林小雨');
  });
});
