import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords, said } from './usual.ts';

const room = conforms({
  provider: 'linkedin',
  profile: 'linkedin',
  authorize: {
    address: 'https://www.linkedin.com/oauth/v2/authorization',
    // The request has no challenge, which would make the client invalid.
    parameters: authorizeParameters(/^\w{14}$/, { scope: 'openid profile email' }),
  },
  exchange: exchangeAt('/linkedin/oauth/v2/accessToken'),
  granted: ['openid', 'profile', 'email'],
  account: lin('linkedin', { subject: expect.stringMatching(/^\w{10}$/), emailVerified: true }),
  words: [
    ...rfcWords,
    { step: 'profile', status: 401, body: said('invalid_token'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 5_184_000, scope: 'openid,profile' },
    path: '/userinfo',
    profile: { sub: 'Ab1', name: 'Bob', picture: 'https://l.example/1' },
    subject: 'sub',
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/linkedin/oauth/v2/accessToken'),
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/linkedin/oauth/v2/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('LinkedIn', () => {
  it('returns the same refresh token, whose expiry does not move', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(300));
    const next = await room().upstream.refresh(tokens);
    expect(next.refreshToken?.reveal()).toBe(tokens.refreshToken?.reveal());
    expect(next.refreshExpiresIn).toBe(65 * 86_400);
    room().clock.advance(days(66));
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: rejected });
  });

  it('vouches for an address only if its flag says so', async () => {
    expect((await room().arrive('mallory')).account.emailVerified).toBe(false);
  });
});
