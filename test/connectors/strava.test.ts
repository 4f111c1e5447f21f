import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const said = (resource: string, field: string, code = 'invalid') => ({
  message: 'Bad Request',
  errors: [{ resource, field, code }],
});
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'strava',
  profile: 'strava',
  authorize: {
    address: 'https://www.strava.com/oauth/authorize',
    parameters: authorizeParameters('105105', { scope: 'read', approval_prompt: 'auto' }),
    asking: [{ ask: { forceConsent: true }, adds: { approval_prompt: 'force' } }],
  },
  exchange: {
    ...exchangeAt('/strava/api/v3/oauth/token'),
    tolerated: ['without redirect_uri', 'another redirect_uri'],
  },
  granted: ['read'],
  account: lin('strava', { subject: expect.stringMatching(/^\d{8}$/), name: '小雨 林', email: undefined }),
  words: [
    {
      step: 'exchange',
      status: 400,
      body: said('AuthorizationCode', 'code'),
      becomes: { kind: 'code-spent' },
    },
    {
      step: 'exchange',
      status: 400,
      body: said('AuthorizationCode', '', 'expired'),
      becomes: { kind: 'code-spent' },
    },
    { step: 'exchange', status: 400, body: said('Application', 'client_id'), becomes: misconfigured },
    { step: 'exchange', status: 401, body: said('Application', ''), becomes: misconfigured },
    { step: 'refresh', status: 400, body: said('RefreshToken', 'refresh_token'), becomes: rejected },
    { step: 'refresh', status: 400, body: said('RefreshToken', 'code'), becomes: rejected },
    { step: 'profile', status: 401, body: said('Athlete', 'access_token'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 403, body: { message: 'Forbidden' }, becomes: { kind: 'unknown' } },
    {
      step: 'profile',
      status: 429,
      body: { message: 'Rate Limit Exceeded' },
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 21_600, token_type: 'Bearer' },
    path: '/userinfo',
    profile: { id: 4711, firstname: 'Bob', lastname: 'B', profile: 'https://s.example/1' },
    subject: 'id',
    number: 4711,
    shown: ['firstname', 'lastname', 'profile'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/strava/api/v3/oauth/token'),
    keepsRefreshToken: true,
    after: hours(6),
  },
  revocation: { method: 'POST', path: '/strava/oauth/deauthorize', params: ['access_token'] },
});

describe('Strava', () => {
  const scopes = ['read', 'activity:read'];

  it('states in the callback only which scopes were granted', async () => {
    const at = room().withScopes(scopes);
    const run = await room().approved('lin', at);
    expect(run.callback).toMatchObject({ scope: 'read,activity:read' });
    expect((await finish(at, run)).tokens.scopes).toEqual(scopes);
    const less = await room().approved('lin', at);
    const unticked = { ...less, callback: { ...less.callback, scope: 'read' } };
    expect((await finish(at, unticked)).tokens.scopes).toEqual(['read']);
  });

  it('returns the same access token while it has more than an hour left', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(hours(3));
    const next = await room().upstream.refresh(tokens);
    expect(next.accessToken.reveal()).toBe(tokens.accessToken.reveal());
    expect(next.expiresIn).toBe(3 * 3600);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('ends the grant although the access token has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(7));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });
});
