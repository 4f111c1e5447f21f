import { describe, expect, it } from 'vitest';
import { days, hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart } from './provider-world.ts';

const said = (error: string, more: object = {}) => ({ error, error_description: 'Some words.', ...more });
const dead = { kind: 'grant-dead', reason: 'rejected' } as const;

const room = conforms({
  provider: 'google',
  profile: 'google',
  authorize: {
    address: 'https://accounts.google.com/o/oauth2/v2/auth',
    parameters: [
      ['client_id', /\.apps\.googleusercontent\.com$/],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['response_type', 'code'],
      ['scope', 'openid email profile'],
      ['access_type', 'offline'],
      ['include_granted_scopes', 'true'],
      ['state', 'a1b2c3'],
      ['nonce', /^[\w-]{43}$/],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { prompt: 'select_account' } },
      { ask: { forceConsent: true, forceLogin: true }, adds: { prompt: 'consent' } },
      { ask: { loginHint: 'lin@example.com' }, adds: { login_hint: 'lin@example.com' } },
    ],
  },
  exchange: {
    method: 'POST',
    path: '/google/token',
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
  },
  granted: ['openid', 'email', 'profile'],
  narrowed: ['openid', 'email'],
  account: {
    subject: expect.stringMatching(/^1\d{20}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/google/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'exchange',
      status: 400,
      body: said('redirect_uri_mismatch'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 500,
      body: said('internal_failure'),
      becomes: { kind: 'unavailable', retryAfter: undefined },
    },
    { step: 'exchange', status: 400, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('invalid_grant'), becomes: dead },
    {
      step: 'refresh',
      status: 400,
      body: said('invalid_grant', { error_subtype: 'invalid_rapt' }),
      becomes: dead,
    },
    { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'refresh', status: 400, body: said('unauthorized_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 429,
      headers: { 'retry-after': '7' },
      body: said('rate_limited'),
      becomes: { kind: 'rate-limited', retryAfter: 7 },
    },
    { step: 'profile', status: 401, body: said('invalid_request'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 503, body: 'down', becomes: { kind: 'unavailable', retryAfter: undefined } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3599, scope: 'openid', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { sub: '1234', name: 'Bob', picture: 'https://pictures.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: {
      method: 'POST',
      path: '/google/token',
      params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'],
    },
    keepsRefreshToken: false,
  },
  revocation: {
    method: 'POST',
    path: '/google/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Google', () => {
  it('is asked for consent again only if needed, because each time uses up a refresh token', async () => {
    const { url } = await depart(room().upstream);
    expect(url.searchParams.has('prompt')).toBe(false);
    expect((await room().arrive('lin')).tokens.refreshToken).toBeDefined();
    expect((await room().arrive('lin')).tokens.refreshToken).toBeUndefined();
  });

  it('ends the whole grant if one refresh token is revoked', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    room().clock.advance(hours(2));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead });
  });

  it('is unavailable if its keys cannot be fetched, and no grant ends', async () => {
    const unaware = room().withScopes(room().registration.scopes);
    await room().fault('jwks', '503', 2);
    await expect(room().arrive('lin', unaware)).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
    expect((await room().arrive('lin', unaware)).account.subject).toMatch(/^1/);
  });

  it('may write the names of its scopes long or short', async () => {
    expect((await room().arrive('lin')).tokens.scopes).toEqual(['openid', 'email', 'profile']);
  });

  it('may omit the scheme of the issuer in an ID token, and nothing else', async () => {
    await room().fault('token', 'iss_without_scheme');
    expect((await room().arrive('lin')).account.subject).toMatch(/^1/);
    await room().fault('token', 'id_token_wrong_iss');
    await expect(room().arrive('lin')).rejects.toMatchObject({ failure: { kind: 'unknown' } });
  });

  it('lets in the people of the hosted domain only, in the browser and by an SDK', async () => {
    const stranger = { code: 'hosted_domain' };
    const { upstream } = room().withOptions({ hosted_domain: 'workspace.example' });
    expect((await depart(upstream)).url.searchParams.get('hd')).toBe('workspace.example');
    expect((await room().arrive('ada', upstream)).account.email).toBe('ada@workspace.example');
    await expect(room().arrive('lin', upstream)).rejects.toMatchObject(stranger);
    const { value } = await room().control<{ value: string }>('POST', '/sdk', {
      user: 'lin',
      kind: 'id_token',
    });
    const proof = { kind: 'id_token', value, nonce: undefined, verifier: undefined } as const;
    expect((await room().upstream.signInByProof(proof)).account.subject).toMatch(/^1/);
    await expect(upstream.signInByProof(proof)).rejects.toMatchObject(stranger);

    const any = room().withOptions({ hosted_domain: '*' }).upstream;
    expect((await room().arrive('ada', any)).account.subject).toMatch(/^1/);
    await expect(room().arrive('lin', any)).rejects.toMatchObject(stranger);
    const other = room().withOptions({ hosted_domain: 'example' }).upstream;
    await expect(room().arrive('ada', other)).rejects.toMatchObject(stranger);
  });

  it('ends a refresh token that was unused for six months', async () => {
    const { tokens } = await room().arrive('lin');
    for (let months = 0; months < 10; months += 2) {
      room().clock.advance(days(60));
      await room().upstream.refresh(tokens);
    }
    room().clock.advance(days(181));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: dead });
  });

  it('states the end of a time-limited consent', async () => {
    await room().fault('token', 'time_limited');
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(7 * 86_400);
    room().clock.advance(days(6));
    await room().upstream.refresh(tokens);
  });
});
