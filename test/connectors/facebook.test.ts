import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { failureOf } from './failure-of.ts';
import { depart } from './provider-world.ts';

const graph = (code: number, error_subcode?: number, message = 'Some words.') => ({
  error: { message, type: 'OAuthException', code, error_subcode, fbtrace_id: 'Abc' },
});
const dead = (reason: 'rejected' | 'expired' | 'password_changed' | 'app_removed') =>
  ({ kind: 'grant-dead', reason }) as const;
const limited = { kind: 'rate-limited', retryAfter: undefined } as const;
const path = '/facebook/v24.0/oauth/access_token';

const room = conforms({
  provider: 'facebook',
  profile: 'facebook',
  authorize: {
    address: 'https://www.facebook.com/v24.0/dialog/oauth',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'public_profile,email'],
      ['state', 'a1b2c3'],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
      ['client_id', '1050105010501050'],
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { auth_type: 'reauthenticate' } },
      { ask: { forceConsent: true, forceLogin: true }, adds: { auth_type: 'rerequest' } },
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
    tolerated: ['without grant_type'],
  },
  granted: ['public_profile', 'email'],
  account: {
    subject: expect.stringMatching(/^10\d{15}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/facebook/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: false,
  },
  words: [
    { step: 'exchange', status: 400, body: graph(100), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: graph(100, 36007), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: graph(100, 36009), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: graph(100, 36008), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: graph(101), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: graph(191), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: graph(1), becomes: { kind: 'unavailable' } },
    {
      step: 'exchange',
      status: 400,
      body: graph(1, undefined, 'Error validating client secret.'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 500, body: graph(2), becomes: { kind: 'unavailable' } },
    { step: 'exchange', status: 200, body: graph(2), becomes: { kind: 'unavailable' } },
    { step: 'exchange', status: 400, body: { error: { code: '190' } }, becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 400, body: { error: 'words' }, becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: graph(190, 463), becomes: dead('expired') },
    { step: 'refresh', status: 400, body: graph(190, 460), becomes: dead('password_changed') },
    { step: 'refresh', status: 400, body: graph(190, 458), becomes: dead('app_removed') },
    { step: 'refresh', status: 400, body: graph(190, 459), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: graph(190, 464), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: graph(190, 467), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: graph(190), becomes: dead('rejected') },
    ...[4, 17, 32, 613].map((code) => ({
      step: 'refresh' as const,
      status: 400,
      body: graph(code),
      becomes: limited,
    })),
    { step: 'profile', status: 400, body: graph(190, 463), becomes: dead('expired') },
    { step: 'profile', status: 200, body: graph(190, 458), becomes: dead('app_removed') },
    { step: 'profile', status: 400, body: graph(100), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'bearer', expires_in: 5400 },
    path: '/api/me',
    profile: { id: '10158', name: 'Bob', picture: { data: { url: 'https://pictures.example/1' } } },
    subject: 'id',
    shown: ['name', 'picture', 'email'],
    more: { '/api/me/permissions': { data: [] } },
  },
  renewal: {
    how: 'exchange-live-token',
    asked: {
      method: 'POST',
      path,
      params: ['client_id', 'client_secret', 'grant_type', 'fb_exchange_token'],
    },
  },
  revocation: { method: 'DELETE', path: '/facebook/{subject}/permissions', params: ['appsecret_proof'] },
});

describe('Facebook', () => {
  it('takes a configuration instead of scopes if the business has one', async () => {
    const { upstream } = room().withOptions({ config_id: '4711' });
    const { searchParams } = (await depart(upstream)).url;
    expect([searchParams.get('config_id'), searchParams.get('scope')]).toEqual(['4711', null]);
  });

  it('exchanges its short-lived token at once for one of about 60 days', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.expiresIn).toBe(60 * 86_400);
    expect((await room().log()).filter(({ kind }) => kind === 'refresh')).toHaveLength(1);
  });

  it('leaves the short-lived token and the granted scopes if the exchange fails', async () => {
    await room().fault('refresh', '503');
    const { tokens } = await room().arrive('lin');
    expect(tokens).toMatchObject({ expiresIn: 5400, scopes: ['public_profile', 'email'] });
  });

  it('states which permissions the person did not deselect', async () => {
    const { tokens, account } = await room().arrive('lin');
    const { endpoints } = room().registration;
    await fetch(`${endpoints.api}/me/permissions/email`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${tokens.accessToken.reveal()}` },
    });
    const again = await room().arrive('lin');
    expect(again.tokens.scopes).toEqual(['public_profile']);
    expect(again.account).toMatchObject({ subject: account.subject, email: undefined });
  });

  it('receives the app proof with every call, and the app gets it', async () => {
    const { tokens } = await room().arrive('lin');
    const log = await room().log();
    for (const { params } of log.filter(({ kind }) => kind === 'profile' || kind === 'api'))
      expect(params).toContain('appsecret_proof');
    const secret = room().registration.clientSecret?.reveal() ?? '';
    const proof = createHmac('sha256', secret).update(tokens.accessToken.reveal()).digest('hex');
    expect(tokens.parameters).toEqual({ appsecret_proof: proof });
  });

  it('exchanges no expired token', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(61));
    const error = await failureOf(room().upstream.refresh(tokens), room().minted());
    expect(error.failure).toEqual({ kind: 'grant-dead', reason: 'expired' });
  });

  it('lets the app revoke the grant when the token has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(days(61));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });

  it('has not revoked a grant if it refuses with status 200', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().fault('revoke', 'error_200');
    const revoked = room().upstream.revoke({ ...tokens, subject: account.subject });
    expect((await failureOf(revoked, room().minted())).failure.kind).toBe('unavailable');
  });
});
