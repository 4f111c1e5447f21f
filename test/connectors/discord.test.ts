import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart } from './provider-world.ts';

const path = '/discord/api/oauth2/token';
const said = (error: string) => ({ error, error_description: 'Some words.' });

const room = conforms({
  provider: 'discord',
  profile: 'discord',
  authorize: {
    address: 'https://discord.com/oauth2/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'identify email'],
      ['state', 'a1b2c3'],
      ['prompt', 'none'],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
      ['client_id', '1050105010501050105'],
    ],
    asking: [
      { ask: { forceConsent: true }, adds: { prompt: 'consent' } },
      { ask: { forceLogin: true }, adds: { prompt: 'consent' } },
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
  },
  granted: ['identify', 'email'],
  narrowed: ['identify'],
  account: {
    subject: expect.stringMatching(/^1\d{17}$/),
    alternates: {},
    name: '林小雨',
    picture: undefined,
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 400,
      body: said('invalid_grant'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'profile',
      status: 429,
      headers: { 'retry-after': '65' },
      body: { message: 'You are being rate limited.', retry_after: 64.57, global: false },
      becomes: { kind: 'rate-limited', retryAfter: 65 },
    },
    {
      step: 'profile',
      status: 401,
      body: { message: '401: Unauthorized', code: 0 },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', scope: 'identify', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { id: '80351110224678912', username: 'nelly', global_name: 'Nelly', avatar: null },
    subject: 'id',
    shown: ['username', 'global_name', 'avatar', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/discord/api/oauth2/token/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Discord', () => {
  it('shows the avatar of a person who has one', async () => {
    const { account } = await room().arrive('ada');
    expect(account.picture).toMatch(/^https:\/\/cdn\.discordapp\.com\/avatars\/1\d{17}\/[0-9a-f]{32}\.png$/);
  });

  it('names people by their handle if they have no name', async () => {
    expect((await room().arrive('sam')).account).toMatchObject({ name: 'sam', email: undefined });
  });

  it('states no address if that was not granted', async () => {
    await room().fault('token', 'narrow_scope');
    expect((await room().arrive('lin')).account).toMatchObject({ email: undefined, emailVerified: false });
  });

  it('gives a refresh token that works once, and has one error for every cause', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(7));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshToken?.reveal()).not.toBe(tokens.refreshToken?.reveal());
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({
      failure: { kind: 'grant-dead', reason: 'rejected' },
    });
  });

  it('is asked without PKCE if the connection says so', async () => {
    const { upstream } = room().withOptions({ pkce: 'off' });
    const { url, verifier } = await depart(upstream);
    expect([verifier, url.searchParams.get('code_challenge')]).toEqual([undefined, null]);
    expect((await room().arrive('lin', upstream)).account.name).toBe('林小雨');
  });
});
