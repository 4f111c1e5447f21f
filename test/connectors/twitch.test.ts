import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';

const path = '/twitch/oauth2/token';
const said = (status: number, message: string) => ({ status, message });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'twitch',
  profile: 'twitch',
  authorize: {
    address: 'https://id.twitch.tv/oauth2/authorize',
    parameters: [
      ['client_id', /^[0-9a-z]{30}$/],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid user:read:email'],
      [
        'claims',
        '{"id_token":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}',
      ],
      ['state', 'a1b2c3'],
      ['nonce', /^[\w-]{43}$/],
    ],
    asking: [{ ask: { forceLogin: true }, adds: { force_verify: 'true' } }],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['openid', 'user:read:email'],
  account: {
    subject: expect.stringMatching(/^\d{9}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/twitch/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    {
      step: 'exchange',
      status: 400,
      body: said(400, 'Invalid authorization code'),
      becomes: { kind: 'code-spent' },
    },
    { step: 'exchange', status: 400, body: said(400, 'invalid client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'exchange',
      status: 403,
      body: said(403, 'invalid client secret'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 400,
      body: said(400, 'Parameter redirect_uri does not match registered URI'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: said(400, 'missing grant type'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said(400, 'Invalid refresh token'), becomes: dead },
    { step: 'refresh', status: 401, body: said(401, 'Unauthorized'), becomes: dead },
    {
      step: 'refresh',
      status: 403,
      body: said(403, 'invalid client secret'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 429,
      body: said(429, 'Too Many Requests'),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
    { step: 'profile', status: 401, body: said(401, 'invalid access token'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      scope: ['openid'],
      token_type: 'bearer',
      expires_in: 14_400,
    },
    path: '/userinfo',
    profile: { sub: '713936733', preferred_username: 'bob', picture: 'https://pictures.example/1' },
    subject: 'sub',
    shown: ['preferred_username', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/twitch/oauth2/revoke', params: ['client_id', 'token'] },
});

describe('Twitch', () => {
  it('states the client id that its API requires on every call', () => {
    const { connector, registration } = room();
    expect(connector.transport.headers?.(registration)).toEqual({ 'Client-Id': registration.clientId });
  });

  it('answers Helix for the token together with its client id only', async () => {
    const { tokens } = await room().arrive('lin');
    const { url } = room().lab;
    const authorization = `Bearer ${tokens.accessToken.reveal()}`;
    const call = (headers: Record<string, string>) => fetch(`${url}/twitch/helix/users`, { headers });
    const { clientId } = room().registration;
    expect((await call({ authorization, 'client-id': clientId })).status).toBe(200);
    expect((await call({ authorization })).status).toBe(401);
  });

  it('revokes access tokens only, so an expired one is refreshed first', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(5));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });
});
