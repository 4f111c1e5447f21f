import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { finish } from './provider-world.ts';
import { authorizeParameters, exchangeAt, lin, rejected } from './usual.ts';

const wrong = (error_message: string) => ({ error_type: 'OAuthException', code: 400, error_message });
const graph = (code: number, error_subcode?: number) => ({
  error: { message: 'Some words.', type: 'OAuthException', code, error_subcode },
});

const room = conforms({
  provider: 'instagram',
  profile: 'instagram',
  authorize: {
    address: 'https://www.instagram.com/oauth/authorize',
    parameters: authorizeParameters(/^\d{16}$/, { scope: 'instagram_business_basic' }),
    asking: [{ ask: { forceLogin: true }, adds: { force_reauth: 'true' } }],
  },
  exchange: exchangeAt('/instagram/oauth/access_token'),
  granted: ['instagram_business_basic'],
  account: lin('instagram', { subject: expect.stringMatching(/^178\d{14}$/), email: undefined }),
  words: [
    {
      step: 'exchange',
      status: 400,
      body: wrong('Matching code was not found or was already used'),
      becomes: { kind: 'code-spent' },
    },
    {
      step: 'exchange',
      status: 400,
      body: wrong('Invalid platform app'),
      becomes: { kind: 'misconfigured' },
    },
    { step: 'exchange', status: 400, body: wrong('Something else'), becomes: { kind: 'unknown' } },
    {
      step: 'profile',
      status: 400,
      body: graph(190, 463),
      becomes: { kind: 'grant-dead', reason: 'expired' },
    },
    {
      step: 'profile',
      status: 400,
      body: graph(190, 458),
      becomes: { kind: 'grant-dead', reason: 'app_removed' },
    },
    {
      step: 'profile',
      status: 400,
      body: graph(4),
      becomes: { kind: 'rate-limited', retryAfter: undefined },
    },
  ],
  rogue: {
    tokens: {
      access_token: 'rogue-access-token',
      user_id: 17841400000000000,
      permissions: 'instagram_business_basic',
    },
    path: '/userinfo',
    profile: { user_id: '4711', username: 'bob', name: 'Bob', profile_picture_url: 'https://i.example/1' },
    subject: 'user_id',
    shown: ['username', 'name', 'profile_picture_url'],
  },
  renewal: {
    how: 'exchange-live-token',
    asked: {
      method: 'GET',
      path: '/instagram/graph/refresh_access_token',
      params: ['grant_type', 'access_token'],
    },
  },
  revocation: 'none',
});

describe('Instagram', () => {
  it('gives a token of an hour, which is exchanged at once for sixty days', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.expiresIn).toBe(60 * 86_400);
    expect(tokens.scopes).toEqual(['instagram_business_basic']);
  });

  it('extends no token before its second day, and no expired one', async () => {
    const { tokens } = await room().arrive('lin');
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ step: 'refresh' });
    room().clock.advance(days(2));
    const next = await room().upstream.refresh(tokens);
    expect(next.expiresIn).toBe(60 * 86_400);
    room().clock.advance(days(61));
    const ended = { ...rejected, reason: 'expired' };
    await expect(room().upstream.refresh(next)).rejects.toMatchObject({ failure: ended });
  });

  it('wraps its answer in some versions, and has ids beyond the range of a double', async () => {
    const { rogue, misled } = room();
    const issued =
      '{"data":[{"access_token":"x","user_id":17841499999999999,"permissions":"instagram_business_basic"}]}';
    const me = '{"user_id":17841499999999999,"username":"bob"}';
    const raw = (text: string) => (_request: unknown, response: ServerResponse) => void response.end(text);
    rogue.says({
      '/token': raw(issued),
      '/userinfo': raw(me),
      '/api/access_token': { access_token: 'y', expires_in: 9 },
    });
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };
    const { tokens, account } = await finish(misled, run);
    expect(tokens.accessToken.reveal()).toBe('y');
    expect(account.subject).toBe('17841499999999999');
  });

  it('may append #_ to the code, which does not belong to it', async () => {
    const run = await room().approved('lin');
    const { account } = await finish(room().upstream, { ...run, code: `${run.code}#_` });
    expect(account.name).toBe('林小雨');
  });
});
