import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import {
  authorizeParameters,
  challenge,
  exchangeAt,
  lin,
  refreshAt,
  rejected,
  rfcWords,
  said,
} from './usual.ts';

const scopes = ['wallet:user:read', 'wallet:user:email', 'offline_access'];
const refused = (id: string) => ({ errors: [{ id, message: 'Some words.' }] });

const room = conforms({
  provider: 'coinbase',
  profile: 'coinbase',
  authorize: {
    address: 'https://login.coinbase.com/oauth2/auth',
    parameters: [...authorizeParameters(/^[0-9a-f]{64}$/, { scope: scopes.join(' ') }), ...challenge],
  },
  exchange: exchangeAt('/coinbase/oauth2/token', { pkce: true }),
  granted: scopes,
  narrowed: scopes.slice(0, -1),
  account: lin('coinbase', { subject: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) }),
  words: [
    ...rfcWords,
    { step: 'refresh', status: 401, body: said('invalid_grant'), becomes: rejected },
    {
      step: 'profile',
      status: 401,
      body: refused('expired_token'),
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
    {
      step: 'profile',
      status: 401,
      body: refused('revoked_token'),
      becomes: { kind: 'grant-dead', reason: 'revoked_by_user' },
    },
    { step: 'profile', status: 403, body: refused('invalid_scope'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, scope: 'all', token_type: 'bearer' },
    path: '/userinfo',
    profile: { id: '9da7a204-544e-5fd1-9a12-61176c5d4cd8', name: 'Bob', avatar_url: 'https://c.example/1' },
    wrap: (data) => ({ data }),
    subject: 'id',
    shown: ['name', 'email', 'avatar_url'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/coinbase/oauth2/token'), keepsRefreshToken: true },
  revocation: { method: 'POST', path: '/coinbase/oauth2/revoke', params: ['token'] },
});

describe('Coinbase', () => {
  it.each([
    ['all', undefined],
    ['wallet:user:read,offline_access', ['wallet:user:read', 'offline_access']],
    ['wallet:user:read offline_access', ['wallet:user:read', 'offline_access']],
  ])('grants %j in a form that is understood', async (scope, granted) => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'a', scope }, '/userinfo': { data: { id: '1' } } });
    const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined, callback: {} };
    expect((await misled.signIn(run)).tokens?.scopes).toEqual(granted);
  });

  it('gives a refresh token only with offline_access', async () => {
    const at = room().withScopes(['wallet:user:read']);
    const { tokens } = await room().arrive('lin', at);
    expect(tokens.refreshToken).toBeUndefined();
  });

  it('answers a revocation with 200 in any case, so it is asked whether the token has ended', async () => {
    const { rogue, misled } = room();
    rogue.says({ '/revocation': {}, '/userinfo': { data: { id: '1' } } });
    const { tokens, account } = await room().arrive('lin');
    const grant = { ...tokens, subject: account.subject };
    await expect(misled.revoke(grant)).rejects.toMatchObject({ step: 'revoke', code: 'still_alive' });
  });

  it('is not asked for another token if the revocation worked', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    expect((await room().log()).filter(({ kind }) => kind === 'refresh')).toEqual([]);
  });

  it('is asked for another access token if the one for the revocation has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(2));
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    expect(await room().grants('lin')).toBe(0);
  });
});
