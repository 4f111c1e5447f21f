import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rejected, said } from './usual.ts';

const path = '/github-app/login/oauth/access_token';
const emails = [{ email: 'bob@example.com', primary: true, verified: true }];

const room = conforms({
  provider: 'github-app',
  profile: 'github-app',
  authorize: {
    address: 'https://github.com/login/oauth/authorize',
    parameters: [...authorizeParameters('Iv23liSymbolonLab002', {}), ...challenge],
    asking: [{ ask: { loginHint: 'octocat' }, adds: { login: 'octocat' } }],
  },
  exchange: {
    ...exchangeAt(path, { pkce: true }),
    tolerated: ['without grant_type', 'without redirect_uri'],
  },
  // The permissions come from the registration.
  granted: [],
  account: lin('github-app', { subject: expect.stringMatching(/^\d+$/), emailVerified: true }),
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
    { step: 'refresh', status: 200, body: said('bad_refresh_token'), becomes: rejected },
    {
      step: 'profile',
      status: 401,
      body: { message: 'Bad credentials' },
      becomes: { kind: 'grant-dead', reason: 'revoked_by_user' },
    },
  ],
  rogue: {
    tokens: { access_token: 'ghu_rogue', expires_in: 28_800, scope: '', token_type: 'bearer' },
    path: '/api/user',
    profile: { id: 4711, login: 'bob', name: 'Bob', avatar_url: 'https://avatars.example/4711' },
    subject: 'id',
    number: 4711,
    shown: ['login', 'name', 'avatar_url'],
    more: { '/api/user/emails': emails },
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true },
  revocation: {
    method: 'DELETE',
    path: '/github-app/applications/Iv23liSymbolonLab002/grant',
    params: ['access_token'],
  },
});

describe('A GitHub App', () => {
  it('has tokens of eight hours and refresh tokens of half a year, each accepted once', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens).toMatchObject({ expiresIn: 28_800, refreshExpiresIn: 15_811_200 });
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('signs people in without the permission to see addresses', async () => {
    await room().fault('api', 'not_accessible');
    expect((await room().arrive('lin')).account).toMatchObject({ email: undefined, emailVerified: false });
  });
});
