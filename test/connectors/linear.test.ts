import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { depart, finish } from './provider-world.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const refused = (type: string) => ({ errors: [{ message: 'Some words.', extensions: { type } }] });

const room = conforms({
  provider: 'linear',
  profile: 'linear',
  authorize: {
    address: 'https://linear.app/oauth/authorize',
    parameters: [...authorizeParameters(/^[0-9a-f]{32}$/, { scope: 'read' }), ...challenge],
    asking: [{ ask: { forceConsent: true }, adds: { prompt: 'consent' } }],
  },
  exchange: exchangeAt('/linear/oauth/token', { pkce: true }),
  granted: ['read'],
  account: lin('linear', { subject: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) }),
  words: [
    ...rfcWords,
    { step: 'profile', status: 401, body: refused('authentication error'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 200, body: refused('authentication error'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 86_399, scope: 'read', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { id: '8f1c', name: 'Bob', email: 'bob@example.com', avatarUrl: 'https://l.example/1' },
    wrap: (viewer) => ({ data: { viewer } }),
    subject: 'id',
    shown: ['name', 'email', 'avatarUrl'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/linear/oauth/token'), keepsRefreshToken: true },
  revocation: { method: 'POST', path: '/linear/oauth/revoke', params: [] },
});

describe('Linear', () => {
  const spellings: readonly unknown[] = ['read,write', 'read write', ['read', 'write']];

  it.each(spellings.map((scope) => ({ scope })))('may name scopes as $scope', async ({ scope }) => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'rogue-access-token', scope },
      '/userinfo': { data: { viewer: { id: '1' } } },
    });
    const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined, callback: {} };
    expect((await finish(misled, run)).tokens.scopes).toEqual(['read', 'write']);
  });

  it('accepts a refresh token once', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('ends the grant although the access token has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(25));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });

  it('is asked without PKCE if the connection says so', async () => {
    const { upstream } = room().withOptions({ pkce: 'off' });
    const { url, verifier } = await depart(upstream);
    expect([url.searchParams.get('code_challenge'), verifier]).toEqual([null, undefined]);
    expect((await room().arrive('lin', upstream)).account.name).toBe('林小雨');
  });
});
