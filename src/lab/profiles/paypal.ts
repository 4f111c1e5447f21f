import { alphabets, derived, random } from '../core/mint.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

const known = ['openid', 'profile', 'email', 'address', 'https://uri.paypal.com/services/paypalattributes'];

export const paypal: Profile = standardProfile({
  name: 'paypal',
  title: 'PayPal',
  provider: 'paypal',
  clientId: `A${derived('paypal client id', 79)}`,
  clientSecret: `E${derived('paypal client secret', 79)}`,
  mint: {
    code: () => `C21AA${random(60)}`,
    access: () => `A21AA${random(92)}`,
    refresh: () => `R23AA${random(92)}`,
  },
  subject: (person) => derived(`paypal id ${person.id}`, 43, alphabets.base64url),
  authorize: {
    path: '/signin/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
  },
  token: {
    path: '/v1/oauth2/token',
    life: { access: 28_800, refresh: null },
    clientAuth: ['basic'],
    pkce: 'ignored',
    repeatsRefreshToken: false,
  },
  answer: (fields) => ({
    ...fields,
    // The scopes include URLs.
    scope: `${fields.scope} https://uri.paypal.com/services/paypalattributes`,
    nonce: `${new Date(0).toISOString()}${random(43)}`,
    app_id: 'APP-105105105105',
  }),
  userinfo: {
    path: '/v1/identity/oauth2/userinfo',
    scopes: ['openid'],
    token: (call) => {
      if (call.query.get('schema') !== 'paypalv1.1') throw new Refusal('request', 'schema');
      return bearer(call);
    },
    body: (person, room, { clientId, scopes }) => ({
      user_id: `https://www.paypal.com/webapps/auth/identity/user/${room.profile.subject(person, clientId)}`,
      payer_id: derived(`paypal payer ${person.id}`, 13, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
      verified_account: 'true',
      ...(scopes.includes('profile') && { name: person.name, given_name: person.givenName }),
      ...(scopes.includes('email') && {
        emails: [
          { value: `${person.handle}@second.example`, primary: false, confirmed: true },
          {
            value: person.email ?? `${person.handle}@paypal.example`,
            primary: true,
            confirmed: person.emailVerified,
          },
        ],
      }),
    }),
  },
  refuse: apiDialect(refuse, { client_secret: [401, 'invalid_client', 'Client Authentication failed'] }),
});

function refuse(problem: Problem, _call: Call, detail: string): Reply {
  if (problem === 'scope')
    return json({ name: 'NOT_AUTHORIZED', message: `Insufficient permissions ${detail}` }, 403);
  return json(
    { error: 'invalid_token', error_description: 'The token passed in was not found in the system' },
    401,
  );
}
