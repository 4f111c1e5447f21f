import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart } from './provider-world.ts';

const path = '/spotify/api/token';
const said = (error: string) => ({ error, error_description: 'Some words.' });
const api = (status: number, message: string) => ({ error: { status, message } });

const room = conforms({
  provider: 'spotify',
  profile: 'spotify',
  authorize: {
    address: 'https://accounts.spotify.com/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'user-read-email user-read-private'],
      ['state', 'a1b2c3'],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
      ['client_id', /^[0-9a-f]{32}$/],
    ],
    asking: [
      { ask: { forceConsent: true }, adds: { show_dialog: 'true' } },
      { ask: { forceLogin: true }, adds: { show_dialog: 'true' } },
    ],
  },
  exchange: { method: 'POST', path, params: ['grant_type', 'code', 'redirect_uri', 'code_verifier'] },
  granted: ['user-read-email', 'user-read-private'],
  account: {
    subject: expect.stringMatching(/^31[0-9a-z]{24}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/spotify/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 400,
      body: said('invalid_grant'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    {
      step: 'refresh',
      status: 503,
      body: said('server_error'),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    {
      step: 'profile',
      status: 429,
      headers: { 'retry-after': '30' },
      body: api(429, 'API rate limit exceeded'),
      becomes: { kind: 'rate-limited', retryAfter: 30 },
    },
    {
      step: 'profile',
      status: 401,
      body: api(401, 'The access token expired'),
      becomes: { kind: 'unknown' },
    },
    {
      step: 'profile',
      status: 403,
      body: api(403, 'Insufficient client scope'),
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', scope: '', token_type: 'Bearer', expires_in: 3600 },
    path: '/userinfo',
    profile: { id: 'wizzler', display_name: 'Wizzler', images: [{ url: 'https://i.example/1' }] },
    subject: 'id',
    shown: ['display_name', 'images', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['grant_type', 'refresh_token'] },
    keepsRefreshToken: false,
  },
  revocation: 'none',
});

describe('Spotify', () => {
  it('vouches for no address', async () => {
    expect((await room().arrive('ada')).account.emailVerified).toBe(false);
  });

  it('ends six months after the consent, however often it was refreshed', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(183));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshToken).toBeUndefined();
    room().clock.advance(days(2));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
  });

  it('is asked without PKCE if the connection says so', async () => {
    const { upstream } = room().withOptions({ pkce: 'off' });
    const { url, verifier } = await depart(upstream);
    expect([verifier, url.searchParams.get('code_challenge')]).toEqual([undefined, null]);
    expect((await room().arrive('lin', upstream)).account.name).toBe('林小雨');
  });
});
