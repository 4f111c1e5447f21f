import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'zoom',
  profile: 'zoom',
  authorize: {
    address: 'https://zoom.us/oauth/authorize',
    parameters: [...authorizeParameters(/^[\w-]{22}$/, {}), ...challenge],
  },
  exchange: exchangeAt('/zoom/oauth/token', { basic: true, pkce: true }),
  granted: ['user:read:user', 'meeting:read:meeting'],
  narrowed: ['user:read:user'],
  account: lin('zoom', { subject: expect.stringMatching(/^[\w-]{22}$/), emailVerified: true }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, scope: 'user:read:user' },
    path: '/userinfo',
    profile: {
      id: 'KDcuGIm1QgePTO8WbOqwIQ',
      display_name: 'Bob',
      email: 'b@example.com',
      pic_url: 'https://z.example/1',
    },
    subject: 'id',
    shown: ['display_name', 'first_name', 'last_name', 'email', 'pic_url'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/zoom/oauth/token', { basic: true }),
    keepsRefreshToken: true,
  },
  revocation: { method: 'POST', path: '/zoom/oauth/revoke', params: ['token', 'token_type_hint'] },
});

describe('Zoom', () => {
  const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined, callback: {} };

  it('states the host of the account’s API to the app', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({ api_url: `${room().lab.url}/zoom` });
  });

  it.each([true, '1', 2, 0, null])(
    'has a verified address only if the flag is true, not %j',
    async (verified) => {
      const { rogue, misled } = room();
      rogue.says({
        '/token': { access_token: 'rogue-access-token' },
        '/userinfo': { id: '1', email: 'a@b.example', verified },
      });
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

  it('has a name for people who show none', async () => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'rogue-access-token' },
      '/userinfo': { id: '1', first_name: 'Ada', last_name: 'Okafor' },
    });
    expect((await misled.signIn(run)).account.name).toBe('Ada Okafor');
  });
});
