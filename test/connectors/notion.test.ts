import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected, rfcWords } from './usual.ts';

const refused = (code: string) => ({ object: 'error', status: 401, code, message: 'Some words.' });

const room = conforms({
  provider: 'notion',
  profile: 'notion',
  authorize: {
    address: 'https://api.notion.com/v1/oauth/authorize',
    parameters: authorizeParameters(/^[0-9a-f-]{36}$/, { owner: 'user' }),
  },
  exchange: exchangeAt('/notion/v1/oauth/token', { basic: true }),
  account: lin('notion', { subject: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) }),
  words: [
    ...rfcWords,
    { step: 'profile', status: 401, body: refused('unauthorized'), becomes: { kind: 'unknown' } },
    {
      step: 'profile',
      status: 429,
      headers: { 'retry-after': '3' },
      body: refused('rate_limited'),
      becomes: { kind: 'rate-limited', retryAfter: 3 },
    },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'bearer', bot_id: 'b', refresh_token: null },
    path: '/userinfo',
    profile: {
      object: 'user',
      id: 'd40e767c',
      name: 'Bob',
      avatar_url: 'https://n.example/1',
      type: 'person',
    },
    wrap: (user) => ({ object: 'user', id: 'b', type: 'bot', bot: { owner: { type: 'user', user } } }),
    subject: 'id',
    shown: ['name', 'avatar_url', 'person'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/notion/v1/oauth/token', { basic: true }),
    keepsRefreshToken: true,
    endless: true,
  },
  revocation: { method: 'POST', path: '/notion/v1/oauth/revoke', params: ['token'] },
});

describe('Notion', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };

  it('states the workspace and its API to the app, and no expiry', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.parameters).toEqual({
      workspace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      bot_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(tokens.expiresIn).toBeUndefined();
    const { connector, registration } = room();
    expect(connector.transport.headers?.(registration)).toEqual({ 'Notion-Version': '2022-06-28' });
  });

  it('gives a token that works with the headers that the app is told', async () => {
    const { tokens } = await room().arrive('lin');
    const { connector, registration, lab } = room();
    const authorization = `Bearer ${tokens.accessToken.reveal()}`;
    const ask = (headers: Record<string, string>) =>
      fetch(`${lab.url}/notion/v1/users/me`, { headers: { authorization, ...headers } });
    expect((await ask({ ...connector.transport.headers?.(registration) })).status).toBe(200);
    expect((await ask({})).status).toBe(400);
  });

  it('without a refresh token is not refreshed', async () => {
    const { rogue, misled } = room();
    const user = { id: '1' };
    rogue.says({
      '/token': { access_token: 'rogue-access-token', refresh_token: null },
      '/userinfo': { bot: { owner: { type: 'user', user } } },
    });
    const arrived = await misled.signIn(run);
    expect(arrived.tokens?.refreshToken).toBeUndefined();
  });

  it('signs no one in if a workspace owns the bot', async () => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'rogue-access-token' },
      '/userinfo': { bot: { owner: { type: 'workspace', workspace: true } } },
    });
    await expect(misled.signIn(run)).rejects.toMatchObject({ step: 'profile', failure: { kind: 'unknown' } });
  });

  it('accepts a refresh token once', async () => {
    const { tokens } = await room().arrive('lin');
    await room().upstream.refresh(tokens);
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });
});
