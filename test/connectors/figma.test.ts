import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';
import { authorizeParameters, challenge, exchangeAt, lin, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'figma',
  profile: 'figma',
  authorize: {
    address: 'https://www.figma.com/oauth',
    parameters: [...authorizeParameters(/^[\w-]{22}$/, { scope: 'current_user:read' }), ...challenge],
  },
  exchange: exchangeAt('/figma/v1/oauth/token', { basic: true, pkce: true }),
  account: lin('figma', { subject: expect.stringMatching(/^\d{18}$/) }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 7_776_000, token_type: 'bearer' },
    path: '/userinfo',
    profile: {
      id: '1234567890123456789',
      handle: 'Bob',
      email: 'b@example.com',
      img_url: 'https://f.example/1',
    },
    subject: 'id',
    shown: ['handle', 'email', 'img_url'],
  },
  renewal: {
    how: 'refresh_token',
    asked: { method: 'POST', path: '/figma/v1/oauth/refresh', params: ['refresh_token'] },
    keepsRefreshToken: false,
  },
  revocation: 'none',
});

describe('Figma', () => {
  it('gives a code 30 seconds', async () => {
    const run = await room().approved('lin');
    room().clock.advance(seconds(31));
    await expect(finish(room().upstream, run)).rejects.toMatchObject({ failure: { kind: 'code-spent' } });
  });

  it('gives tokens of ninety days', async () => {
    expect((await room().arrive('lin')).tokens.expiresIn).toBe(90 * 86_400);
  });

  it('is asked without PKCE if the connection says so', async () => {
    const { upstream } = room().withOptions({ pkce: 'off' });
    const { url, verifier } = await depart(upstream);
    expect([url.searchParams.get('code_challenge'), verifier]).toEqual([null, undefined]);
    expect((await room().arrive('lin', upstream)).account.name).toBe('林小雨');
  });
});
