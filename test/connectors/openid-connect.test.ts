import { describe, expect, it } from 'vitest';
import { optionFaults } from '../../src/connectors/contract/options.ts';
import { missingEndpoints } from '../../src/connectors/engine/connection-traits.ts';
import { conforms } from './conformance.ts';
import { failureOf } from './failure-of.ts';

const said = (error: string) => ({ error, error_description: 'Some words.' });

const room = conforms({
  provider: 'openid-connect',
  profile: 'strict',
  authorize: {
    address: 'https://openid-connect.invalid/authorize',
    parameters: [
      ['client_id', 'symbolon-at-strict'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid profile email offline_access'],
      ['state', 'a1b2c3'],
      ['nonce', /^[\w-]{43}$/],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { prompt: 'login' } },
      { ask: { forceConsent: true, forceLogin: true }, adds: { prompt: 'login consent' } },
      { ask: { loginHint: 'lin@example.com' }, adds: { login_hint: 'lin@example.com' } },
    ],
  },
  exchange: {
    method: 'POST',
    path: '/strict/token',
    params: ['grant_type', 'code', 'redirect_uri', 'code_verifier'],
  },
  granted: ['openid', 'profile', 'email', 'offline_access'],
  narrowed: ['openid', 'profile', 'email'],
  account: {
    subject: expect.stringMatching(/^[\w-]{24}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/strict/lab/avatars/lin'),
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
    {
      step: 'refresh',
      status: 400,
      body: said('temporarily_unavailable'),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    { step: 'profile', status: 401, body: said('invalid_token'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 60, scope: 'openid', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { sub: '1234', name: 'Bob', picture: 'https://pictures.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path: '/strict/token', params: ['grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/strict/revoke', params: ['token', 'token_type_hint'] },
});

describe('any OpenID provider', () => {
  it('has no endpoints but those of its connection', () => {
    const { connector } = room();
    expect(missingEndpoints(connector, {})).toEqual(['issuer', 'authorization', 'token', 'jwks', 'api']);
    const { endpoints } = room()
      .lab.connections()
      .find(({ name }) => name === 'strict') ?? { endpoints: {} };
    expect(missingEndpoints(connector, endpoints)).toEqual([]);
  });

  it('ends the grant if a refresh token is sent twice and it works by families', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    const replay = await failureOf(room().upstream.refresh(tokens), room().minted());
    expect(replay.failure.kind).toBe('grant-dead');
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: { kind: 'grant-dead' } });
    const { refresh_tokens } = await room().control<{ refresh_tokens: object }>('GET', '');
    expect(refresh_tokens).toMatchObject({ rotated: 1, reused: 1, families_killed: 1 });
  });

  it('is kept alive while idle if the option states the provider’s limit', () => {
    const keptFor = (options: Record<string, string>) =>
      room().withOptions(options).real.connector.refresh.keepAlive;
    expect(keptFor({})).toBeUndefined();
    expect(keptFor({ keep_alive: '432000' })).toBe(432_000);
    const faults = (keep_alive: string) => optionFaults(room().connector.options, { keep_alive });
    expect(faults('432000')).toEqual([]);
    expect(faults('5 days')).toEqual([expect.stringContaining('keep_alive')]);
  });
});
