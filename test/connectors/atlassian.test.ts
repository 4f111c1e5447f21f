import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
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

const room = conforms({
  provider: 'atlassian',
  profile: 'atlassian',
  authorize: {
    address: 'https://auth.atlassian.com/authorize',
    parameters: [
      ...authorizeParameters(/^[\w-]{32}$/, {
        audience: 'api.atlassian.com',
        scope: 'read:me offline_access',
        prompt: 'consent',
      }),
      ...challenge,
    ],
  },
  exchange: exchangeAt('/atlassian/oauth/token', { pkce: true }),
  granted: ['read:me', 'offline_access'],
  narrowed: ['read:me'],
  account: lin('atlassian', { subject: expect.stringMatching(/^712020:[0-9a-f]{32}$/) }),
  words: [
    ...rfcWords,
    { step: 'refresh', status: 403, body: said('invalid_grant'), becomes: rejected },
    { step: 'refresh', status: 403, body: said('unauthorized_client'), becomes: rejected },
    { step: 'exchange', status: 401, body: said('access_denied'), becomes: { kind: 'misconfigured' } },
    { step: 'refresh', status: 401, body: said('access_denied'), becomes: { kind: 'misconfigured' } },
    {
      step: 'profile',
      status: 401,
      body: { code: 401, message: 'Unauthorized' },
      becomes: { kind: 'unknown' },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 3600, scope: 'read:me', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { account_id: '712020:1', name: 'Bob', email: 'b@example.com', picture: 'https://a.example/1' },
    subject: 'account_id',
    shown: ['name', 'email', 'picture'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/atlassian/oauth/token'), keepsRefreshToken: true },
  revocation: 'none',
});

describe('Atlassian', () => {
  it('hides the address of a person who wants that', async () => {
    expect((await room().arrive('sam')).account.email).toBeUndefined();
  });

  it('accepts a refresh token once, within ninety days, and for a year at most', async () => {
    let { tokens } = await room().arrive('lin');
    const first = tokens;
    for (let month = 0; month < 12; month += 1) {
      room().clock.advance(days(30));
      tokens = await room().upstream.refresh(tokens);
    }
    await expect(room().upstream.refresh(first)).rejects.toMatchObject({ failure: rejected });
    room().clock.advance(days(6));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
    const { refresh } = room().connector;
    expect(refresh).toMatchObject({ absoluteCap: 365 * 86_400, refreshLifetime: 90 * 86_400 });
  });

  it('accepts no refresh token after ninety idle days', async () => {
    const { tokens } = await room().arrive('lin');
    room().clock.advance(days(91));
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('states where a token can be used', async () => {
    const { tokens } = await room().arrive('lin');
    const url = `${room().lab.url}/atlassian/oauth/token/accessible-resources`;
    const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
    expect(await (await fetch(url, { headers })).json()).toMatchObject([
      { scopes: ['read:me', 'offline_access'] },
    ]);
  });
});
