import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, refreshAt, rfcWords, said } from './usual.ts';

const room = conforms({
  provider: 'amazon',
  profile: 'amazon',
  authorize: {
    address: 'https://www.amazon.com/ap/oa',
    parameters: [
      ...authorizeParameters(/^amzn1\.application-oa2-client\./, { scope: 'profile' }),
      ...challenge,
    ],
  },
  exchange: exchangeAt('/amazon/auth/o2/token', { pkce: true }),
  account: lin(undefined, { subject: expect.stringMatching(/^amzn1\.account\.[A-Z2-7]{28}$/) }),
  words: [
    ...rfcWords,
    {
      step: 'profile',
      status: 400,
      body: said('invalid_token'),
      becomes: { kind: 'grant-dead', reason: 'rejected' },
    },
    { step: 'profile', status: 401, body: said('insufficient_scope'), becomes: { kind: 'unknown' } },
  ],
  rogue: {
    tokens: { access_token: 'Atza|rogue-token', expires_in: 3600, token_type: 'bearer' },
    path: '/userinfo',
    profile: { user_id: 'amzn1.account.K2LI23KL2LK2', name: 'Bob', email: 'bob@example.com' },
    subject: 'user_id',
    shown: ['name', 'email'],
  },
  renewal: { how: 'refresh_token', asked: refreshAt('/amazon/auth/o2/token'), keepsRefreshToken: true },
  revocation: 'none',
});

describe('Amazon', () => {
  it.each([
    ['na', 'www.amazon.com', 'api.amazon.com'],
    ['eu', 'eu.account.amazon.com', 'api.amazon.co.uk'],
    ['fe', 'apac.account.amazon.com', 'api.amazon.co.jp'],
  ])('of region %s is at %s and %s', (region, page, api) => {
    const { registration } = room().withOptions({ region }).real;
    expect(registration.endpoints).toMatchObject({
      authorization: `https://${page}/ap/oa`,
      token: `https://${api}/auth/o2/token`,
      userinfo: `https://${api}/user/profile`,
    });
  });
});
