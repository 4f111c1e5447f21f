import { expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const said = (code: string) => ({
  errorCode: `errors.com.epicgames.${code}`,
  errorMessage: 'Some words.',
  numericErrorCode: 18_000,
});

const room = conforms({
  provider: 'epic-games',
  profile: 'epic-games',
  authorize: {
    address: 'https://www.epicgames.com/id/authorize',
    parameters: authorizeParameters(/^\w{32}$/, { scope: 'basic_profile' }),
  },
  exchange: exchangeAt('/epic-games/epic/oauth/v2/token', { basic: true }),
  granted: ['basic_profile'],
  account: lin(undefined, { subject: expect.stringMatching(/^[\da-f]{32}$/), email: undefined }),
  words: [
    {
      step: 'exchange',
      status: 400,
      body: said('account.oauth.authorization_code_not_found'),
      becomes: { kind: 'code-spent' },
    },
    {
      step: 'exchange',
      status: 401,
      body: said('common.oauth.invalid_client'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 401,
      body: said('account.invalid_client_credentials'),
      becomes: { kind: 'misconfigured' },
    },
    {
      step: 'refresh',
      status: 400,
      body: said('account.auth_token.invalid_refresh_token'),
      becomes: rejected,
    },
    { step: 'refresh', status: 400, body: said('something.else'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 401, body: said('common.oauth.invalid_token'), becomes: rejected },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      expires_in: 7200,
      token_type: 'bearer',
      scope: 'basic_profile',
    },
    path: '/userinfo',
    profile: { sub: '4711471147114711', preferred_username: 'Bob' },
    subject: 'sub',
    shown: ['preferred_username'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/epic-games/epic/oauth/v2/token', { basic: true }),
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/epic-games/epic/oauth/v2/revoke',
    params: ['token', 'token_type_hint'],
  },
});

it('Epic Games refresh tokens last for hours', async () => {
  const { tokens } = await room().arrive('lin');
  expect(tokens.refreshExpiresIn).toBe(28_800);
  room().clock.advance(hours(9));
  await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
});
