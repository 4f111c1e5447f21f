import { describe, expect, it } from 'vitest';
import { conforms } from './conformance.ts';
import { authorizeParameters, challenge, exchangeAt, lin, rfcWords } from './usual.ts';

const room = conforms({
  provider: 'telegram',
  profile: 'telegram',
  authorize: {
    address: 'https://oauth.telegram.org/auth',
    parameters: [
      ...authorizeParameters('1050105010', { scope: 'openid profile' }),
      ['nonce', /^[\w-]{43}$/],
      ...challenge,
    ],
  },
  exchange: exchangeAt('/telegram/token', { basic: true, pkce: true }),
  granted: ['openid', 'profile'],
  account: lin('telegram', {
    subject: expect.stringMatching(/^1\d{18}$/),
    alternates: { 'telegram:id': expect.stringMatching(/^7\d{9}$/) },
    email: undefined,
  }),
  words: rfcWords.filter(({ step }) => step === 'exchange'),
  rogue: {
    tokens: { access_token: 'rogue-access-token', token_type: 'Bearer', expires_in: 3600 },
    from: 'id-token',
    path: '/token',
    profile: { sub: '1234567890123456789', id: 7_123_456_789, name: 'Bob', preferred_username: 'bob' },
    subject: 'sub',
    shown: ['name', 'preferred_username', 'picture'],
  },
  renewal: { how: 'none' },
  revocation: 'none',
});

describe('Telegram', () => {
  it.each([[7.5], [2 ** 53], [true], [{}], [null], ['']])(
    'identifies the person by the subject alone if the account’s number is %j',
    async (id) => {
      const { rogue, misled, registration } = room();
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: rogue.url, aud: registration.clientId, sub: 's', nonce: 'n', iat, exp: iat + 60 };
      rogue.says({ '/token': { access_token: 'x', id_token: await rogue.sign({ ...claims, id }) } });
      const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: 'n' };
      const { account } = await misled.signIn(run);
      expect(account).toMatchObject({ subject: 's', alternates: {} });
    },
  );
});
