import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const exchange = exchangeAt('/pinterest/v5/oauth/token', { basic: true });

const room = conforms({
  provider: 'pinterest',
  profile: 'pinterest',
  authorize: {
    address: 'https://www.pinterest.com/oauth/',
    parameters: authorizeParameters('1490105', { scope: 'user_accounts:read' }),
  },
  exchange: {
    ...exchange,
    params: [...exchange.params, 'continuous_refresh'],
    tolerated: ['without continuous_refresh', 'another continuous_refresh'],
  },
  granted: ['user_accounts:read'],
  account: lin('pinterest', {
    subject: expect.stringMatching(/^1\d{17}$/),
    name: expect.stringMatching(/^\w+$/),
    email: undefined,
  }),
  words: [
    ...rfcWords,
    {
      step: 'profile',
      status: 401,
      body: { code: 2, message: 'Authentication failed.' },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 2_592_000, scope: 'user_accounts:read' },
    path: '/userinfo',
    profile: { id: '4711', username: 'bob', profile_image: 'https://p.example/1' },
    subject: 'id',
    shown: ['username', 'profile_image'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/pinterest/v5/oauth/token', { basic: true }),
    keepsRefreshToken: true,
    after: days(31),
  },
  revocation: 'none',
});

describe('Pinterest', () => {
  it('gives another sixty days at each refresh', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(50));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshExpiresIn).toBe(60 * 86_400);
    room().clock.advance(days(61));
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: rejected });
  });

  it('is not asked for continuous refresh by an old app without it', async () => {
    const { upstream } = room().withOptions({ continuous_refresh: 'no' });
    await finish(upstream, await room().approved('lin', upstream));
    const asked = (await room().log()).find(({ kind }) => kind === 'token');
    expect(asked?.params).not.toContain('continuous_refresh');
  });
});
