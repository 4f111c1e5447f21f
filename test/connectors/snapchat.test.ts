import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rfcWords } from './usual.ts';

const scope = 'https://auth.snapchat.com/oauth2/api/user';
const scopes = [`${scope}.external_id`, `${scope}.display_name`, `${scope}.bitmoji.avatar`];

const room = conforms({
  provider: 'snapchat',
  profile: 'snapchat',
  authorize: {
    address: 'https://accounts.snapchat.com/accounts/oauth2/auth',
    parameters: authorizeParameters(/^[0-9a-f-]{36}$/, { scope: scopes.join(' ') }),
  },
  exchange: exchangeAt('/snapchat/accounts/oauth2/token', { basic: true }),
  granted: scopes,
  narrowed: scopes.slice(0, 2),
  account: lin('snapchat', { subject: expect.stringMatching(/^CAES/), email: undefined }),
  words: rfcWords,
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, scope: scopes[0] },
    path: '/userinfo',
    profile: { externalId: 'CAES1', displayName: 'Bob' },
    wrap: (me) => ({ data: { me }, errors: [] }),
    subject: 'externalId',
    shown: ['displayName'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/snapchat/accounts/oauth2/token', { basic: true }),
    keepsRefreshToken: true,
  },
  revocation: 'none',
});

describe('Snapchat', () => {
  it.each(['post', 'get'])('is asked for the person’s profile by %s', async (userinfo) => {
    const { upstream } = room().withOptions({ userinfo });
    const { account } = await finish(upstream, await room().approved('lin', upstream));
    expect(account.name).toBe('林小雨');
    const asked = (await room().log()).find(({ kind }) => kind === 'profile');
    expect(asked?.method).toBe(userinfo.toUpperCase());
  });
});
