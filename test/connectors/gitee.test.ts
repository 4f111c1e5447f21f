import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';

const path = '/gitee/oauth/token';
const said = (error: string) => ({ error, error_description: '授权码无效' });

const room = conforms({
  provider: 'gitee',
  profile: 'gitee',
  authorize: {
    address: 'https://gitee.com/oauth/authorize',
    parameters: [
      ['response_type', 'code'],
      ['redirect_uri', 'http://localhost:3000/connections/x/callback'],
      ['scope', 'user_info emails'],
      ['state', 'a1b2c3'],
      ['client_id', /^[0-9a-f]{64}$/],
    ],
  },
  exchange: {
    method: 'POST',
    path,
    params: ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri'],
  },
  granted: ['user_info', 'emails'],
  narrowed: ['user_info'],
  account: {
    subject: expect.stringMatching(/^1\d{6}$/),
    alternates: {},
    name: '林小雨',
    picture: expect.stringContaining('/gitee/lab/avatars/lin'),
    email: 'lin@example.com',
    emailVerified: true,
  },
  words: [
    { step: 'exchange', status: 400, body: said('invalid_grant'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 403, body: '<html>403</html>', becomes: { kind: 'unknown' } },
    {
      step: 'refresh',
      status: 400,
      body: said('invalid_grant'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    { step: 'refresh', status: 401, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'profile',
      status: 401,
      body: { message: '401 Unauthorized: Access token is expired' },
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
    { step: 'profile', status: 403, body: { message: '403 Forbidden' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      scope: 'user_info',
      token_type: 'bearer',
      expires_in: 86_400,
    },
    path: '/api/user',
    profile: { id: 4711, login: 'bob', name: 'Bob', avatar_url: 'https://gitee.example/4711', email: null },
    subject: 'id',
    number: 4711,
    shown: ['login', 'name', 'avatar_url', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path, params: ['client_id', 'client_secret', 'grant_type', 'refresh_token'] },
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Gitee', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it('vouches for the primary address only, whatever the public one is', async () => {
    const { account } = await room().arrive('ada');
    expect(account).toMatchObject({ email: 'ada@workspace.example', emailVerified: true });
  });

  it.each([
    ['unconfirmed', ['primary']],
    ['confirmed', ['notified']],
    [true, ['primary']],
    ['confirmed', 'primary'],
  ])('vouches for no address that is %j and %j', async (state, scope) => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'x', scope: 'user_info emails' },
      '/api/user': { id: 1, login: 'bob', email: 'public@bob.example' },
      '/api/emails': [{ email: 'a@b.example', state, scope }],
    });
    expect((await misled.signIn(run)).account).toMatchObject({ email: undefined, emailVerified: false });
  });

  it('is not asked for addresses if that was not granted', async () => {
    await room().fault('token', 'narrow_scope');
    expect((await room().arrive('lin')).account).toMatchObject({ email: undefined, emailVerified: false });
    expect((await room().log()).some(({ path }) => path.endsWith('/emails'))).toBe(false);
  });
});
