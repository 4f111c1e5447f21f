import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const room = conforms({
  provider: 'reddit',
  profile: 'reddit',
  authorize: {
    address: 'https://www.reddit.com/api/v1/authorize',
    parameters: authorizeParameters(/^[\w-]{22}$/, { scope: 'identity', duration: 'permanent' }),
  },
  exchange: exchangeAt('/reddit/api/v1/access_token', { basic: true }),
  granted: ['identity'],
  account: lin('reddit', {
    subject: expect.stringMatching(/^[0-9a-z]{8}$/),
    name: expect.any(String),
    email: undefined,
  }),
  words: [
    { step: 'exchange', status: 200, body: { error: 'invalid_grant' }, becomes: { kind: 'code-spent' } },
    {
      step: 'exchange',
      status: 401,
      body: { message: 'Unauthorized', error: 401 },
      becomes: { kind: 'misconfigured' },
    },
    { step: 'refresh', status: 400, body: { message: 'Bad Request', error: 400 }, becomes: rejected },
    { step: 'refresh', status: 200, body: { error: 'invalid_grant' }, becomes: rejected },
    {
      step: 'refresh',
      status: 429,
      body: { message: 'Too Many Requests', error: 429 },
      headers: { 'retry-after': '5' },
      becomes: { kind: 'rate-limited', retryAfter: 5 },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, scope: 'identity', token_type: 'bearer' },
    path: '/userinfo',
    profile: { id: '4711ab', name: 'bob', icon_img: 'https://r.example/1' },
    subject: 'id',
    shown: ['name', 'icon_img'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/reddit/api/v1/access_token', { basic: true }),
    keepsRefreshToken: false,
  },
  revocation: {
    method: 'POST',
    path: '/reddit/api/v1/revoke_token',
    params: ['token', 'token_type_hint'],
  },
});

describe('Reddit', () => {
  it('requires a user agent, which the app is told', () => {
    const { connector, registration } = room();
    expect(connector.transport.headers?.(registration)).toEqual({ 'User-Agent': 'server:symbolon:v1' });
  });

  it('escapes picture URLs for HTML, and they are unescaped', async () => {
    expect((await room().arrive('lin')).account.picture).toMatch(/\?width=256&s=1$/);
  });
});
