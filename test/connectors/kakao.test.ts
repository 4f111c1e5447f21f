import { describe, expect, it } from 'vitest';
import { days, hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';

const path = '/kakao/oauth/token';
const said = (error: string, error_code: string) => ({ error, error_description: 'Some words.', error_code });
const dead = (reason: 'rejected' | 'revoked_by_user') => ({ kind: 'grant-dead', reason }) as const;

const room = conforms({
  provider: 'kakao',
  profile: 'kakao',
  authorize: {
    address: 'https://kauth.kakao.com/oauth/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'profile_nickname,profile_image,account_email'],
      ['state', 'a1b2c3'],
      ['client_id', /^[0-9a-f]{32}$/],
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { prompt: 'login' } },
      { ask: { loginHint: 'lin@example.com' }, adds: { login_hint: 'lin@example.com' } },
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['profile_nickname', 'profile_image', 'account_email'],
  narrowed: ['profile_nickname', 'profile_image'],
  account: {
    subject: expect.stringMatching(/^1\d{9}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/kakao/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant', 'KOE320'), becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 400,
      body: said('invalid_grant', 'KOE303'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 401,
      body: said('invalid_client', 'KOE010'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 401,
      body: said('invalid_client', 'KOE101'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 400,
      body: said('invalid_request', 'KOE006'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: said('invalid_request', 'KOE001'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('invalid_grant', 'KOE319'), becomes: dead('rejected') },
    { step: 'refresh', status: 400, body: said('invalid_grant', 'KOE322'), becomes: dead('rejected') },
    {
      step: 'refresh',
      status: 401,
      body: said('invalid_client', 'KOE010'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'profile', status: 401, body: { code: -401, msg: 'no such token' }, becomes: dead('rejected') },
    {
      step: 'profile',
      status: 400,
      body: { code: -101, msg: 'not linked' },
      becomes: dead('revoked_by_user'),
    },
    { step: 'profile', status: 403, body: { code: -402, msg: 'scopes' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', scope: '', token_type: 'bearer', expires_in: 21_599 },
    path: '/userinfo',
    profile: {
      id: 1_000_000_001,
      kakao_account: { profile: { nickname: '예시' }, email: 'user@example.kr' },
    },
    subject: 'id',
    number: 1_000_000_001,
    shown: ['kakao_account'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: false,
  },
  revocation: { method: 'POST', path: '/kakao/v1/user/unlink', params: [] },
});

describe('Kakao', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
    [true, undefined, false],
    ['true', 'true', false],
    [1, 1, false],
  ])('vouches for the address if valid is %j and verified is %j: %j', async (valid, verified, believed) => {
    const { rogue, misled } = room();
    const mail = { email: 'a@b.example', is_email_valid: valid, is_email_verified: verified };
    rogue.says({ '/token': { access_token: 'x' }, '/userinfo': { id: 1, kakao_account: mail } });
    expect((await misled.signIn(run)).account).toMatchObject({
      email: 'a@b.example',
      emailVerified: believed,
    });
  });

  it('is asked with PKCE if the connection says so, and then checks it', async () => {
    const { upstream } = room().withOptions({ pkce: 'on' });
    const run = await room().approved('lin', upstream);
    const another = { ...run, verifier: 'v'.repeat(43) };
    await expect(finish(upstream, another)).rejects.toMatchObject({ failure: { kind: 'code-spent' } });
    expect((await finish(upstream, run)).account.name).toBe('林小雨');
  });

  it('shows on its own page that a redirect URI is not registered', async () => {
    const { url } = await depart(room().upstream);
    url.searchParams.set('redirect_uri', 'https://elsewhere.example/');
    expect(await (await fetch(url)).text()).toContain('KOE006');
  });

  it('has the same person in an SDK’s ID token, whose address is unverified', async () => {
    const ask = { user: 'lin', kind: 'id_token' };
    const { value } = await room().control<{ value: string }>('POST', '/sdk', ask);
    const { account } = await room().upstream.signInByProof({ kind: 'id_token', value });
    const { account: inBrowser } = await room().arrive('lin');
    expect(account).toEqual({ ...inBrowser, picture: undefined, emailVerified: false });
  });

  it('gives a new refresh token only in the last month of the old one', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.refreshExpiresIn).toBe(5_183_999);
    room().clock.advance(days(29));
    const early = await room().upstream.refresh(tokens);
    expect([early.refreshToken, early.refreshExpiresIn]).toEqual([undefined, undefined]);
    room().clock.advance(days(2));
    const late = await room().upstream.refresh(tokens);
    expect(late.refreshToken).toBeDefined();
    expect(late.refreshExpiresIn).toBe(5_183_999);
  });

  it('needs a valid token to unlink, so an expired one is refreshed first', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(7));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });

  it('counts as not unlinked if no token is left to check with', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(7));
    await room().fault('refresh', '503');
    const revoking = room().upstream.revoke({ ...tokens, subject: account.subject });
    await expect(revoking).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
    expect(await room().grants('lin')).toBe(1);
  });
});
