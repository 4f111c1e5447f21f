import { describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const path = '/slack-workspace/api/oauth.v2.access';
const no = (error: string) => ({ ok: false, error });
const member = expect.stringMatching(/^T0105LAB:U0[0-9A-Z]{9}$/);
const scopes = ['identity.basic', 'identity.email', 'identity.avatar'];

const room = conforms({
  provider: 'slack-workspace',
  profile: 'slack-workspace',
  authorize: {
    address: 'https://slack.com/oauth/v2/authorize',
    parameters: authorizeParameters('1050105010501.1050105010503', { user_scope: scopes.join(',') }),
  },
  exchange: exchangeAt(path),
  granted: scopes,
  narrowed: scopes.slice(0, 2),
  account: lin('slack-workspace', { subject: member, alternates: { 'slack:member': member } }),
  words: [
    { step: 'exchange', status: 200, body: no('invalid_code'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 200, body: no('bad_redirect_uri'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 200, body: no('bad_client_secret'), becomes: { kind: 'misconfigured' } },
    { step: 'refresh', status: 200, body: no('invalid_refresh_token'), becomes: rejected },
    {
      step: 'profile',
      status: 200,
      body: no('token_revoked'),
      becomes: { kind: 'grant-dead', reason: 'revoked_by_user' },
    },
    { step: 'profile', status: 200, body: no('missing_scope'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: {
      ok: true,
      team: { id: 'T0R7GR' },
      authed_user: { id: 'U0R7JM', access_token: 'rogue-access-token', scope: 'identity.basic' },
    },
    path: '/userinfo',
    profile: { id: 'U0R7JM', name: 'krane', image_192: 'https://secure.example/1.jpg' },
    wrap: (user) => ({ ok: true, user, team: { id: 'T0R7GR' } }),
    subject: 'id',
    is: (id) => `T0R7GR:${id}`,
    shown: ['name', 'email', 'image_192'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt(path), keepsRefreshToken: true, after: hours(13) },
  revocation: { method: 'POST', path: '/slack-workspace/api/auth.revoke', params: [] },
});

describe('Slack workspace', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined };

  it('yields the person’s token, not the bot’s beside it', async () => {
    const { tokens } = await room().arrive('lin');
    expect(tokens.accessToken.reveal()).toMatch(/^xoxe\.xoxp-/);
    expect(JSON.stringify(tokens.extra)).not.toMatch(/xox/);
    expect(tokens.parameters).toEqual({ team_id: 'T0105LAB', user_id: expect.stringMatching(/^U0/) });
  });

  it('signs no one in if there is only a bot’s token', async () => {
    const { rogue, misled } = room();
    const team = { id: 'T1' };
    const bot = { ok: true, access_token: 'xoxb-1', token_type: 'bot', scope: 'commands', team };
    for (const authed_user of [undefined, null, {}, { id: 'U1' }]) {
      rogue.says({ '/token': { ...bot, authed_user } });
      await expect(misled.signIn(run)).rejects.toMatchObject({ step: 'exchange' });
    }
  });

  it('identifies the person and nothing more with other scopes than those of the identity', async () => {
    const others = room().withScopes(['channels:read', 'chat:write']);
    const { account, tokens } = await room().arrive('lin', others);
    expect(tokens.scopes).toEqual(['channels:read', 'chat:write']);
    expect(account).toMatchObject({ subject: member, name: undefined, email: undefined });
    const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
    const test = await fetch(`${room().lab.url}/slack-workspace/api/auth.test`, { headers });
    expect(await test.json()).toMatchObject({ ok: true, team_id: 'T0105LAB' });
  });

  it('refuses a mixture of both kinds of scopes', async () => {
    const mixed = room().withScopes(['identity.basic', 'channels:read']);
    await expect(room().approved('lin', mixed)).rejects.toThrow('no code');
  });

  it('identifies the same person as the other Slack connector', async () => {
    const { account } = await room().arrive('lin');
    expect(room().connector.sharedId).toBe('slack:member');
    expect(account.alternates['slack:member']).toBe(account.subject);
  });
});
