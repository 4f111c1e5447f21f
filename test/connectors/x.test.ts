import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { failureOf } from './failure-of.ts';

const said = (error: string, error_description = 'Some words.') => ({ error, error_description });
const badToken = said('invalid_request', 'Value passed for the token was invalid.');
const badCode = said('invalid_request', 'Value passed for the authorization code was invalid.');

const room = conforms({
  provider: 'x',
  profile: 'x',
  authorize: {
    address: 'https://x.com/i/oauth2/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'users.read tweet.read users.email offline.access'],
      ['state', 'a1b2c3'],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
      ['client_id', /^[\w-]{34}$/],
    ],
  },
  exchange: {
    method: 'POST',
    path: '/x/2/oauth2/token',
    params: ['grant_type', 'code', 'redirect_uri', 'code_verifier'],
  },
  granted: ['users.read', 'tweet.read', 'users.email', 'offline.access'],
  narrowed: ['users.read', 'tweet.read', 'users.email'],
  account: {
    subject: expect.stringMatching(/^\d{19}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/x/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: badCode, becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'exchange',
      status: 401,
      body: said('unauthorized_client', 'Missing valid authorization header'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'refresh', status: 400, body: badToken, becomes: { kind: 'grant-dead', reason: 'rejected' } },
    { step: 'refresh', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 401,
      body: said('unauthorized_client', 'Missing valid authorization header'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'profile',
      status: 401,
      body: { title: 'Unauthorized', type: 'about:blank', status: 401, detail: 'Unauthorized' },
      becomes: { kind: 'unknown' },
    },
    {
      step: 'profile',
      status: 429,
      body: { title: 'Too Many Requests', status: 429 },
      headers: { 'retry-after': '9' },
      becomes: { kind: 'rate-limited', retryAfter: 9 },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 7200, scope: 'users.read tweet.read' },
    path: '/userinfo',
    profile: { id: '4711', name: 'Bob', username: 'bob', profile_image_url: 'https://p.example/1' },
    wrap: (data) => ({ data }),
    subject: 'id',
    shown: ['name', 'username', 'profile_image_url', 'confirmed_email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path: '/x/2/oauth2/token', params: ['grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/x/2/oauth2/revoke', params: ['token', 'token_type_hint'] },
});

describe('X', () => {
  it('ends the whole family if a refresh token is sent twice', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    await failureOf(room().upstream.refresh(tokens), room().minted());
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({
      failure: { kind: 'grant-dead', reason: 'rejected' },
    });
  });

  it('shows confirmed addresses only', async () => {
    expect((await room().arrive('mallory')).account).toMatchObject({
      email: undefined,
      emailVerified: false,
    });
  });
});
