import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const uuid = '{01234567-89ab-cdef-0123-456789abcdef}';

const room = conforms({
  provider: 'bitbucket',
  profile: 'bitbucket',
  authorize: {
    address: 'https://bitbucket.org/site/oauth2/authorize',
    parameters: authorizeParameters(/^\w{18}$/, {}),
  },
  exchange: {
    ...exchangeAt('/bitbucket/site/oauth2/access_token', { basic: true }),
    tolerated: ['without redirect_uri'],
  },
  granted: ['account', 'email'],
  account: lin('bitbucket', {
    subject: expect.stringMatching(/^\{[0-9a-f-]{36}\}$/),
    alternates: { account_id: expect.stringMatching(/^557058:/) },
    emailVerified: true,
  }),
  words: [
    ...rfcWords,
    {
      step: 'profile',
      status: 401,
      body: { type: 'error', error: { message: 'Access token expired.' } },
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 7200, scope: 'account', token_type: 'bearer' },
    path: '/api/user',
    profile: {
      uuid,
      display_name: 'Bob',
      account_id: '557058:1',
      links: { avatar: { href: 'https://b.example/1' } },
    },
    subject: 'uuid',
    shown: ['display_name'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/bitbucket/site/oauth2/access_token', { basic: true }),
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Bitbucket', () => {
  it('accepts a refresh token once', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('vouches for the primary confirmed address only', async () => {
    expect((await room().arrive('mallory')).account).toMatchObject({
      email: undefined,
      emailVerified: false,
    });
  });

  it('had other names for its scopes before May 2026', async () => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'x', scopes: 'account' }, '/api/user': { uuid } });
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };
    expect((await finish(misled, run)).tokens.scopes).toEqual(['account']);
  });
});
