import { describe, expect, it } from 'vitest';
import { optionFaults } from '../../src/connectors/contract/options.ts';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { exportedAccountIds } from '../../src/connectors/engine/exported-account.ts';
import type { JsonObject } from '../../src/kit/exact-json.ts';
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
  provider: 'salesforce',
  profile: 'salesforce',
  authorize: {
    address: 'https://login.salesforce.com/services/oauth2/authorize',
    parameters: [
      ...authorizeParameters(/^3MVG9/, { scope: 'openid profile email refresh_token' }),
      ...challenge,
      ['nonce', /^[\w-]{43}$/],
    ],
    asking: [
      { ask: { forceLogin: true, forceConsent: true }, adds: { prompt: 'login consent' } },
      { ask: { loginHint: 'lin@lab.example' }, adds: { login_hint: 'lin@lab.example' } },
    ],
  },
  exchange: exchangeAt('/salesforce/services/oauth2/token', { pkce: true }),
  granted: ['openid', 'profile', 'email', 'refresh_token'],
  narrowed: ['openid', 'profile', 'email'],
  account: lin('salesforce', {
    subject: expect.stringMatching(/^00D105105105105EAX-005\w{15}$/),
    emailVerified: true,
  }),
  words: [
    ...rfcWords,
    { step: 'exchange', status: 400, body: said('invalid_client_id'), becomes: { kind: 'misconfigured' } },
    { step: 'exchange', status: 400, body: said('invalid_client'), becomes: { kind: 'misconfigured' } },
    {
      step: 'refresh',
      status: 400,
      body: { error: 'invalid_grant', error_description: 'expired access/refresh token' },
      becomes: rejected,
    },
    { step: 'profile', status: 403, body: 'Bad_OAuth_Token', becomes: { kind: 'unknown' } },
  ],
  rogue: {
    subjectElsewhere: true,
    tokens: { access_token: 'rogue-access-token', scope: 'openid', token_type: 'Bearer' },
    path: '/userinfo',
    profile: {
      sub: 'https://login.salesforce.com/id/00D1/0051',
      user_id: '0051',
      organization_id: '00D1',
      name: 'Bob',
      picture: 'https://s.example/1',
      updated_at: '2026-01-01T00:00:00Z',
    },
    subject: 'user_id',
    is: (id) => `00D1-${id}`,
    shown: ['name', 'picture', 'email'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/salesforce/services/oauth2/token'),
    keepsRefreshToken: false,
  },
  revocation: {
    method: 'POST',
    path: '/salesforce/services/oauth2/revoke',
    params: ['token', 'token_type_hint', 'client_id', 'client_secret'],
  },
});

describe('Salesforce', () => {
  it('states the API’s host at every refresh, and never a token’s lifetime', async () => {
    const { tokens } = await room().arrive('lin');
    const there = { instance_url: `${room().lab.url}/salesforce` };
    expect(tokens).toMatchObject({ parameters: there, expiresIn: 7200 });
    expect(tokens.extra.expires_in).toBeUndefined();
    expect((await room().upstream.refresh(tokens)).parameters).toEqual(there);
  });

  it('is at the host that the connection names, which is its issuer too', () => {
    const options = {
      domain: 'acme.my.salesforce.com',
      session_timeout: '900',
      refresh_token_rotation: 'on',
    };
    const acme = applyOptions(room().connector, options);
    expect(acme.issuer).toBe('https://acme.my.salesforce.com');
    expect(acme.endpoints.token).toBe('https://acme.my.salesforce.com/services/oauth2/token');
    expect(acme.refresh).toMatchObject({ rotation: 'single-use', accessLifetime: 900 });
  });

  it.each([
    ['domain', 'login.salesforce.com/evil'],
    ['domain', 'login.salesforce.com:8080'],
    ['domain', 'user@login.salesforce.com'],
    ['domain', 'localhost'],
    ['session_timeout', '60'],
    ['session_timeout', '86401'],
    ['refresh_token_rotation', 'maybe'],
  ])('accepts no %s %s', (name, value) => {
    expect(optionFaults(room().connector.options, { [name]: value })).toHaveLength(1);
  });

  it('drops the oldest of more than five refresh tokens silently', async () => {
    const { tokens } = await room().arrive('lin');
    for (let more = 0; more < 5; more += 1) await room().arrive('lin');
    await expect(room().upstream.refresh(tokens)).rejects.toMatchObject({ failure: rejected });
  });

  it('knows a record by both spellings of its id, of 15 characters and of 18', () => {
    const { connector, registration } = room();
    const derived = (id: string, profile: JsonObject, claims?: JsonObject) =>
      exportedAccountIds({ connector, registration }, { id, profile, claims })?.subject;
    const [organization_id, user_id] = ['00D50000000IZ3ZEAW', '00550000001fg5OAAQ'];
    const subject = `${organization_id}-${user_id}`;
    const short = user_id.slice(0, 15);
    expect(derived(short, { organization_id, user_id })).toBe(subject);
    expect(derived(short, { organization_id })).toBe(subject);
    const sub = `https://login.salesforce.com/id/${organization_id}/${user_id}`;
    const claims = { iss: registration.issuer, aud: registration.clientId, sub };
    expect(derived(short, {}, claims)).toBe(subject);
    // Case counts in the short spelling.
    expect(derived(short.toLowerCase(), { organization_id, user_id })).toBeUndefined();
    expect(derived('00550000001fg5P', { organization_id, user_id }, claims)).toBeUndefined();
  });
});
