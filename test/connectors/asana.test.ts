import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'asana',
  profile: 'asana',
  authorize: {
    address: 'https://app.asana.com/-/oauth_authorize',
    parameters: [...authorizeParameters(/^\d+$/, { scope: 'default' }), ...challenge],
  },
  exchange: exchangeAt('/asana/-/oauth_token', { pkce: true }),
  account: lin('asana', { subject: expect.stringMatching(/^\d{16}$/) }),
  words: [
    ...rfcWords,
    {
      step: 'profile',
      status: 401,
      body: { errors: [{ message: 'Not Authorized' }] },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, token_type: 'bearer' },
    path: '/userinfo',
    profile: {
      gid: '12345',
      name: 'Bob',
      email: 'bob@example.com',
      photo: { image_128x128: 'https://a.example/1' },
    },
    wrap: (data) => ({ data }),
    subject: 'gid',
    shown: ['name', 'email', 'photo'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/asana/-/oauth_token'), keepsRefreshToken: false },
  revocation: {
    method: 'POST',
    path: '/asana/-/oauth_revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Asana', () => {
  it('names the person in the token answer as in the profile', async () => {
    const { tokens, account } = await room().arrive('lin');
    expect(tokens.extra.data).toMatchObject({ gid: account.subject });
  });
});
