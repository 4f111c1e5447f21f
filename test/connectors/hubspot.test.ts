import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rejected } from './usual.ts';

const said = (status: string) => ({ status, message: 'Some words.', correlationId: '6356f281' });
const misconfigured = { kind: 'misconfigured' } as const;

const room = conforms({
  provider: 'hubspot',
  profile: 'hubspot',
  authorize: {
    address: 'https://app.hubspot.com/oauth/authorize',
    parameters: authorizeParameters(/^[0-9a-f-]{36}$/, { scope: 'oauth' }),
  },
  exchange: exchangeAt('/hubspot/oauth/2026-03/token'),
  granted: ['oauth'],
  narrowed: [],
  account: lin(undefined, {
    subject: expect.stringMatching(/^105105-\d{8}$/),
    name: 'lin@example.com',
  }),
  words: [
    { step: 'exchange', status: 400, body: said('BAD_AUTH_CODE'), becomes: { kind: 'code-spent' } },
    { step: 'exchange', status: 400, body: said('BAD_CLIENT_ID'), becomes: misconfigured },
    { step: 'exchange', status: 400, body: said('BAD_CLIENT_SECRET'), becomes: misconfigured },
    { step: 'exchange', status: 400, body: said('BAD_REDIRECT_URI'), becomes: misconfigured },
    { step: 'exchange', status: 400, body: said('error'), becomes: { kind: 'unknown' } },
    { step: 'refresh', status: 400, body: said('BAD_REFRESH_TOKEN'), becomes: rejected },
    { step: 'refresh', status: 400, body: said('BAD_CLIENT_SECRET'), becomes: misconfigured },
    {
      step: 'refresh',
      status: 400,
      body: { ...said('BAD_REFRESH_TOKEN'), error: 'invalid_grant', error_description: 'Some words.' },
      becomes: rejected,
    },
    { step: 'exchange', status: 400, body: { error: 'invalid_grant' }, becomes: { kind: 'code-spent' } },
    { step: 'profile', status: 404, body: said('error'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 200, body: { active: false }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 1800, token_type: 'bearer' },
    path: '/userinfo',
    profile: { active: true, user_id: 4711, hub_id: 62515, user: 'bob@example.com', scopes: ['oauth'] },
    subject: 'user_id',
    is: (id) => `62515-${id}`,
    number: 4711,
    shown: ['user'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/hubspot/oauth/2026-03/token'),
    keepsRefreshToken: true,
  },
  revocation: {
    method: 'POST',
    path: '/hubspot/oauth/2026-03/token/revoke',
    params: ['client_id', 'client_secret', 'token', 'token_type_hint'],
  },
});

const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };

describe('HubSpot', () => {
  it('receives no token in a URL', async () => {
    const { tokens, account } = await room().arrive('lin');
    await room().upstream.revoke({ ...tokens, subject: account.subject });
    const paths = (await room().log()).filter(({ kind }) => kind !== 'authorize').map(({ path }) => path);
    expect(paths).toEqual([
      '/hubspot/oauth/2026-03/token',
      '/hubspot/oauth/2026-03/token/introspect',
      '/hubspot/oauth/2026-03/token/revoke',
    ]);
  });

  it('is asked for the scopes of a token that states none', async () => {
    const { rogue, misled } = room();
    const info = { active: true, user_id: 4711, hub_id: 1, scopes: ['oauth', 'tickets'] };
    rogue.says({ '/token': { access_token: 'rogue-access-token' }, '/userinfo': info });
    expect((await misled.signIn(run)).tokens?.scopes).toEqual(['oauth', 'tickets']);
    rogue.says({ '/token': { access_token: 'rogue-access-token', scopes: ['oauth'] }, '/userinfo': info });
    expect((await misled.signIn(run)).tokens?.scopes).toEqual(['oauth']);
  });

  it('has another grant for another account of the same person', async () => {
    const { rogue, misled } = room();
    const info = { active: true, user_id: 4711, user: 'bob@example.com', scopes: [] };
    const subjects = [];
    for (const hub_id of [1, 2]) {
      rogue.says({ '/token': { access_token: 'rogue-access-token' }, '/userinfo': { ...info, hub_id } });
      subjects.push((await misled.signIn(run)).account.subject);
    }
    expect(subjects).toEqual(['1-4711', '2-4711']);
  });
});
