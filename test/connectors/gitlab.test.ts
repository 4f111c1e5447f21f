import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';

const said = (error: string) => ({
  error,
  error_description: 'The provided authorization grant is invalid.',
});

const room = conforms({
  provider: 'gitlab',
  profile: 'gitlab',
  authorize: {
    address: 'https://gitlab.com/oauth/authorize',
    parameters: [
      ['client_id', /^[0-9a-f]{64}$/],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid profile email'],
      ['state', 'a1b2c3'],
      ['nonce', /^[\w-]{43}$/],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
    ],
    asking: [
      { ask: { forceLogin: true, maxAge: 0 }, adds: { prompt: 'login' } },
      { ask: { forceLogin: true, forceConsent: true }, adds: { prompt: 'consent login' } },
    ],
  },
  exchange: {
    method: 'POST',
    path: '/gitlab/oauth/token',
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
  },
  granted: ['openid', 'profile', 'email'],
  narrowed: ['openid', 'profile'],
  account: {
    subject: expect.stringMatching(/^\d+$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/gitlab/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 400,
      body: said('invalid_grant'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'profile', status: 401, body: said('invalid_token'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 7200, scope: 'openid', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { sub: '1234', name: 'Bob', picture: 'https://pictures.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/gitlab/oauth/token',
      params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/gitlab/oauth/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('GitLab', () => {
  it('ends the previous pair at each refresh, the access token too', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(1));
    const next = await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
    const userinfo = (token: string) =>
      fetch(`${room().lab.url}/gitlab/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect((await userinfo(tokens.accessToken.reveal())).status).toBe(401);
    const answer = await userinfo(next.accessToken.reveal());
    expect(await answer.json()).toMatchObject({ sub: account.subject });
  });

  it('does not vouch for an unconfirmed address', async () => {
    expect((await room().arrive('mallory')).account).toMatchObject({
      email: 'Lin@Example.com',
      emailVerified: false,
    });
  });
});
