import { describe, expect, it } from 'vitest';
import { applyOptions } from '../../src/connectors/engine/connection-traits.ts';
import { conforms } from './conformance.ts';
import { authorizeParameters, exchangeAt, lin, refreshAt, rfcWords, said } from './usual.ts';

const prefix = 'https://www.paypal.com/webapps/auth/identity/user/';

const room = conforms({
  provider: 'paypal',
  profile: 'paypal',
  authorize: {
    address: 'https://www.paypal.com/signin/authorize',
    parameters: authorizeParameters(/^A[\w-]{79}$/, { scope: 'openid profile email' }),
  },
  exchange: exchangeAt('/paypal/v1/oauth2/token', { basic: true }),
  // Some scopes are URLs.
  granted: ['openid', 'profile', 'email', 'https://uri.paypal.com/services/paypalattributes'],
  narrowed: ['openid', 'profile'],
  account: lin(undefined, {
    subject: expect.stringMatching(/^[\w-]{43}$/),
    alternates: { payer_id: expect.stringMatching(/^[A-Z2-9]{13}$/) },
    emailVerified: true,
  }),
  words: [
    ...rfcWords,
    { step: 'profile', status: 401, body: said('invalid_token'), becomes: { kind: 'unknown' } },
    { step: 'profile', status: 403, body: { name: 'NOT_AUTHORIZED' }, becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'rogue-access-token', expires_in: 28_800, scope: 'openid', token_type: 'Bearer' },
    path: '/userinfo',
    profile: { user_id: `${prefix}mWq6`, payer_id: 'WDJJHEBZ4X2LY', name: 'Bob' },
    subject: 'user_id',
    is: (id) => id.replace(prefix, ''),
    shown: ['name', 'emails'],
  },
  renewal: {
    how: 'refresh_token',
    asked: refreshAt('/paypal/v1/oauth2/token', { basic: true }),
    keepsRefreshToken: false,
  },
  revocation: 'none',
});

describe('PayPal', () => {
  const run = { code: 'c', verifier: undefined, nonce: undefined, iss: undefined, callback: {} };
  const withEmails = async (emails: unknown) => {
    const { rogue, misled } = room();
    rogue.says({ '/token': { access_token: 'rogue-access-token' }, '/userinfo': { user_id: 'x', emails } });
    return (await misled.signIn(run)).account;
  };

  it('vouches for the primary address only, and not if it is unconfirmed', async () => {
    const other = { value: 'other@b.example', primary: false, confirmed: true };
    const primary = { value: 'a@b.example', primary: true, confirmed: true };
    expect(await withEmails([other, primary])).toMatchObject({ email: 'a@b.example', emailVerified: true });
    expect(await withEmails([other])).toMatchObject({ email: undefined, emailVerified: false });
    for (const confirmed of [false, 'true', 1, null])
      expect(await withEmails([{ ...primary, confirmed }])).toMatchObject({ emailVerified: false });
  });

  it('has a sandbox with other people', () => {
    const sandbox = applyOptions(room().connector, { environment: 'sandbox' });
    expect(sandbox.issuer).toBe('https://www.sandbox.paypal.com');
    expect(sandbox.endpoints.token).toBe('https://api-m.sandbox.paypal.com/v1/oauth2/token');
    expect(sandbox.endpoints.authorization).toBe('https://www.sandbox.paypal.com/signin/authorize');
  });
});
