import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { failureOf } from './failure-of.ts';
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
  exchange: exchangeAt('/hubspot/oauth/v1/token'),
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
    { step: 'profile', status: 404, body: said('error'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 1800, token_type: 'bearer' },
    path: '/userinfo/rogue-access-token',
    profile: { user_id: 4711, hub_id: 62515, user: 'bob@example.com', scopes: ['oauth'] },
    subject: 'user_id',
    is: (id) => `62515-${id}`,
    number: 4711,
    shown: ['user'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/hubspot/oauth/v1/token'), keepsRefreshToken: true },
  revocation: {
    method: 'DELETE',
    // The lab's log shows no token.
    path: '/hubspot/oauth/v1/refresh-tokens/***',
    params: [],
  },
});

describe('HubSpot', () => {
  it('keeps the token out of every error although it travels in the path', async () => {
    const { rogue, misled } = room();
    rogue.says({
      '/token': { access_token: 'rogue-access-token' },
      '/userinfo/rogue-access-token': (_request, response) => {
        response.statusCode = 400;
        response.end('{"status":"error","message":"rogue-access-token is bad"}');
      },
    });
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };
    await failureOf(misled.arrive(run), ['rogue-access-token']);
  });

  it('lets a token that needs it be part of one path segment only', async () => {
    const { rogue, misled } = room();
    const access_token = 'a/../b?c#d';
    rogue.says({ '/token': { access_token } });
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };
    await failureOf(misled.arrive(run), []);
    expect(rogue.asked).toContain(`GET /userinfo/${encodeURIComponent(access_token)}`);
  });

  it('knows another account of the same person as another grant', async () => {
    const { rogue, misled } = room();
    const info = { user_id: 4711, user: 'bob@example.com', scopes: [] };
    const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };
    const subjects = [];
    for (const hub_id of [1, 2]) {
      rogue.says({
        '/token': { access_token: 'rogue-access-token' },
        '/userinfo/rogue-access-token': { ...info, hub_id },
      });
      subjects.push((await misled.arrive(run)).account.subject);
    }
    expect(subjects).toEqual(['1-4711', '2-4711']);
  });
});
