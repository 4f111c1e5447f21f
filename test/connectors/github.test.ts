import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';

const said = (error: string) => ({
  error,
  error_description: 'Some words.',
  error_uri: 'https://docs.example',
});
const path = '/github/login/oauth/access_token';

const room = conforms({
  provider: 'github',
  profile: 'github',
  authorize: {
    address: 'https://github.com/login/oauth/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'read:user user:email'],
      ['state', 'a1b2c3'],
      ['code_challenge', /^[\w-]{43}$/],
      ['code_challenge_method', 'S256'],
      ['client_id', 'Ov23liSymbolonLab001'],
    ],
    asking: [
      { ask: { forceLogin: true }, adds: { prompt: 'select_account' } },
      { ask: { loginHint: 'octocat' }, adds: { login: 'octocat' } },
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
    tolerated: ['without grant_type', 'without redirect_uri'],
  },
  granted: ['read:user', 'user:email'],
  narrowed: ['read:user'],
  account: {
    subject: expect.stringMatching(/^\d+$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/github/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 200, body: said('bad_verification_code'), becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 200,
      body: said('incorrect_client_credentials'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'exchange',
      status: 200,
      body: said('redirect_uri_mismatch'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 404, body: { error: 'Not Found' }, becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: said('unverified_user_email'), becomes: { kind: 'unknown' } },
    { step: 'exchange', status: 200, body: 'error=bad_verification_code', becomes: { kind: 'code-spent' } },
    {
      step: 'refresh',
      status: 200,
      body: said('bad_refresh_token'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    {
      step: 'refresh',
      status: 401,
      body: { error: 'invalid_client' },
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 401,
      body: '<!doctype html><title>Sign in</title>',
      becomes: { kind: 'unknown' },
    },
    {
      step: 'profile',
      status: 401,
      body: { message: 'Bad credentials' },
      becomes: { kind: 'grant-dead', reason: 'revoked_by_user' },
    },
    {
      step: 'profile',
      status: 403,
      headers: { 'retry-after': '60', 'x-ratelimit-remaining': '0' },
      body: { message: 'API rate limit exceeded' },
      becomes: { kind: 'rate-limited', retryAfter: 60 },
    },
    { step: 'profile', status: 403, body: { message: 'Forbidden' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'gho_rogue', scope: 'read:user', token_type: 'bearer' },
    path: '/api/user',
    profile: { id: 4711, login: 'bob', name: 'Bob', avatar_url: 'https://avatars.example/4711' },
    subject: 'id',
    number: 4711,
    shown: ['login', 'name', 'avatar_url'],
  },
  renewal: { how: 'none' },
  revocation: {
    method: 'DELETE',
    path: '/github/applications/Ov23liSymbolonLab001/grant',
    params: ['access_token'],
  },
});

describe('GitHub', () => {
  const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined };

  it('vouches for the primary address only, whatever the public one is', async () => {
    const { account } = await room().arrive('ada');
    expect(account).toMatchObject({ email: 'ada@workspace.example', emailVerified: true });
    expect((await room().arrive('mallory')).account.email).toBeUndefined();
  });

  it('is not asked for addresses if that was not granted', async () => {
    await room().fault('token', 'narrow_scope');
    expect((await room().arrive('lin')).account).toMatchObject({ email: undefined, emailVerified: false });
    expect((await room().log()).some(({ path }) => path.endsWith('/user/emails'))).toBe(false);
  });

  it('may issue expiring tokens, whose stated expiry counts', async () => {
    const { rogue, misled } = room();
    const expiring = { expires_in: 28_800, refresh_token: 'ghr_1', refresh_token_expires_in: 15_811_200 };
    rogue.says({
      '/token': { access_token: 'ghu_1', scope: '', token_type: 'bearer', ...expiring },
      '/api/user': { id: 1, login: 'bob' },
    });
    const { tokens } = await finish(misled, run);
    expect(tokens).toMatchObject({ expiresIn: 28_800, refreshExpiresIn: 15_811_200, scopes: [] });
    expect(tokens.refreshToken?.reveal()).toBe('ghr_1');
    expect((await misled.refresh(tokens)).accessToken.reveal()).toBe('ghu_1');
  });

  it.each(['yes', 1, 'true', { yes: 1 }])(
    'has a verified address only if the flag is true, not %j',
    async (verified) => {
      const { rogue, misled } = room();
      rogue.says({
        '/token': { access_token: 'x', scope: 'user:email' },
        '/api/user': { id: 1, login: 'bob' },
        '/api/user/emails': [{ email: 'a@b.example', primary: true, verified }],
      });
      expect((await finish(misled, run)).account).toMatchObject({ email: undefined, emailVerified: false });
    },
  );

  it('states the scopes of a token to its app, and to no other', async () => {
    const { tokens, account } = await room().arrive('lin');
    expect(await room().upstream.scopesOf(tokens)).toEqual(['read:user', 'user:email']);
    expect((await room().log()).at(-1)).toMatchObject({
      path: '/github/applications/Ov23liSymbolonLab001/token',
      params: ['access_token'],
    });
    const other = room().withSecret('not-the-secret').scopesOf(tokens);
    await expect(other).rejects.toMatchObject({ step: 'profile', status: 404 });
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    await expect(room().upstream.scopesOf(tokens)).rejects.toMatchObject({ step: 'profile', status: 404 });
  });

  it('that does not know the client says nothing about the grant', async () => {
    const { tokens, account } = await room().arrive('lin');
    const grant = { ...tokens, subject: account.subject };
    const wrong = room().withSecret('not-the-secret').revoke(grant);
    await expect(wrong).rejects.toMatchObject({ step: 'revoke', status: 404 });
    expect(await room().grants('lin')).toBe(1);
  });

  it('has no token stored that is not visible ASCII', async () => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'ghu_1', refresh_token: 'ghr_1', scope: '' },
      '/api/user': { id: 1, login: 'bob' },
    });
    const { tokens } = await finish(misled, run);
    for (const access_token of ['a\r\nb', 'ключ', 'x'.repeat(65_536), 7, null, { a: 1 }, '']) {
      rogue.says({ '/token': { access_token, scope: '' } });
      await expect(misled.refresh(tokens)).rejects.toMatchObject({
        step: 'refresh',
        failure: { kind: 'unknown' },
      });
      rogue.says({ '/token': { access_token, scope: '' }, '/api/user': { id: 1 } });
      await expect(finish(misled, run), String(access_token).slice(0, 20)).rejects.toMatchObject({
        step: 'exchange',
        failure: { kind: 'unknown' },
      });
    }
  });

  it('may grant scopes with strange names, which do not reach the database', async () => {
    const { rogue, misled } = room();
    const scope = `ok,,\0,a\0b,\ud800,${'x'.repeat(600)},ok`;
    rogue.says({ '/token': { access_token: 'x', scope }, '/api/user': { id: 1 } });
    expect((await finish(misled, run)).tokens.scopes).toEqual(['ok']);
  });
});
