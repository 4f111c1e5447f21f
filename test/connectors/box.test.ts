import { describe, expect, it } from 'vitest';
import { days, seconds } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'box',
  profile: 'box',
  authorize: {
    address: 'https://account.box.com/api/oauth2/authorize',
    parameters: authorizeParameters(/^\w{32}$/, {}),
  },
  exchange: { ...exchangeAt('/box/oauth2/token'), tolerated: ['without redirect_uri'] },
  account: lin('box', { subject: expect.stringMatching(/^\d{11}$/) }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, restricted_to: [], token_type: 'bearer' },
    path: '/userinfo',
    profile: {
      type: 'user',
      id: '11446498',
      name: 'Bob',
      login: 'bob@example.com',
      avatar_url: 'https://b.example/1',
    },
    subject: 'id',
    shown: ['name', 'login', 'avatar_url'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/box/oauth2/token'), keepsRefreshToken: true },
  revocation: {
    method: 'POST',
    path: '/box/oauth2/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Box', () => {
  it('gives a code 30 seconds', async () => {
    const run = await room().approved('lin');
    room().clock.advance(seconds(31));
    await expect(finish(room().upstream, run)).rejects.toMatchObject({ failure: { kind: 'code-spent' } });
  });

  it('accepts a refresh token once, and within sixty days', async () => {
    const { tokens } = await room().arrive('lin');
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshExpiresIn).toBe(60 * 86_400);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
    room().clock.advance(days(61));
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: rejected });
  });
});
