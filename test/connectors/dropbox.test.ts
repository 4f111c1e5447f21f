import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rfcWords } from './usual.ts';

const refused = (tag: string) => ({ error_summary: `${tag}/..`, error: { '.tag': tag } });

const room = conforms({
  provider: 'dropbox',
  profile: 'dropbox',
  authorize: {
    address: 'https://www.dropbox.com/oauth2/authorize',
    parameters: [
      ...authorizeParameters(/^\w{15}$/, { scope: 'account_info.read', token_access_type: 'offline' }),
      ...challenge,
    ],
    asking: [{ ask: { forceConsent: true }, adds: { force_reapprove: 'true' } }],
  },
  exchange: exchangeAt('/dropbox/oauth2/token', { pkce: true }),
  granted: ['account_info.read'],
  account: lin('dropbox', { subject: expect.stringMatching(/^dbid:[\w-]{35}$/), emailVerified: true }),
  words: [
    ...rfcWords,
    {
      step: 'profile',
      status: 401,
      body: refused('expired_access_token'),
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
    {
      step: 'profile',
      status: 401,
      body: refused('invalid_access_token'),
      becomes: { kind: 'grant-dead', reason: 'revoked_by_user' },
    },
    { step: 'profile', status: 401, body: refused('missing_scope'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 14_400, scope: '', token_type: 'bearer' },
    path: '/userinfo',
    profile: {
      account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      name: { display_name: 'Bob' },
      email: 'bob@example.com',
      profile_photo_url: 'https://d.example/1',
    },
    subject: 'account_id',
    shown: ['name', 'email', 'profile_photo_url'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/dropbox/oauth2/token'), keepsRefreshToken: false },
  revocation: { method: 'POST', path: '/dropbox/2/auth/token/revoke', params: [] },
});

describe('Dropbox', () => {
  it('is asked for the account by a POST without a body', async () => {
    await room().arrive('lin');
    const asked = (await room().log()).find(({ kind }) => kind === 'profile');
    expect(asked).toMatchObject({ method: 'POST', status: 200, params: [] });
  });

  it.each(['yes', 1, 'true', null])(
    'has a verified address only if the flag is true, not %j',
    async (email_verified) => {
      const { rogue, misled } = room();
      const profile = { account_id: 'dbid:1', email: 'a@b.example', email_verified };
      rogue.says({ '/token': { access_token: 'rogue-access-token' }, '/userinfo': profile });
      const run = { code: 'c', verifier: 'v'.repeat(43), nonce: undefined, iss: undefined, callback: {} };
      expect((await misled.signIn(run)).account).toMatchObject({
        email: 'a@b.example',
        emailVerified: false,
      });
    },
  );

  it('is asked for another access token if the one for the revocation has expired', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(5));
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
    expect(await room().grants('lin')).toBe(0);
  });

  it('is not asked again if the grant has ended by then', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().control('POST', '/expire', { user: 'lin' });
    await room().control('POST', '/users/lin/revoke');
    expect(await room().upstream.revoke({ ...tokens, subject: account.subject })).toBe('revoked');
  });

  it('keeps the grant if it cannot refresh at present, and the result says so', async () => {
    const { tokens, account } = await room().arrive('lin');
    room().clock.advance(hours(5));
    await room().fault('refresh', '503');
    const revoking = room().upstream.revoke({ ...tokens, subject: account.subject });
    await expect(revoking).rejects.toMatchObject({ failure: { kind: 'unavailable' } });
    expect(await room().grants('lin')).toBe(1);
  });
});
