import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'patreon',
  profile: 'patreon',
  authorize: {
    address: 'https://www.patreon.com/oauth2/authorize',
    parameters: authorizeParameters(/^[\w-]{64}$/, { scope: 'identity identity[email]' }),
  },
  exchange: exchangeAt('/patreon/api/oauth2/token'),
  granted: ['identity', 'identity[email]'],
  narrowed: ['identity'],
  account: lin('patreon', { subject: expect.stringMatching(/^\d{8}$/), emailVerified: true }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 2_678_400, scope: 'identity' },
    path: '/userinfo',
    profile: {
      id: '32187',
      type: 'user',
      attributes: { full_name: 'Bob', image_url: 'https://p.example/1' },
    },
    wrap: (data) => ({ data }),
    subject: 'id',
    shown: ['attributes'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/patreon/api/oauth2/token'), keepsRefreshToken: true },
  revocation: {
    method: 'POST',
    path: '/patreon/oauth2/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Patreon', () => {
  it.each(['yes', 1, 'true', null])(
    'has a verified address only if the flag is true, not %j',
    async (is_email_verified) => {
      const { rogue, misled } = room();
      const attributes = { email: 'a@b.example', is_email_verified };
      rogue.says({
        '/token': { access_token: 'rogue-access-token' },
        '/userinfo': { data: { id: '1', attributes } },
      });
      const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };
      expect((await misled.signIn(run)).account).toMatchObject({
        email: 'a@b.example',
        emailVerified: false,
      });
    },
  );

  it('accepts a refresh token once', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });
});
