import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import { requireToken } from '../engines/require-token.ts';
import type { RfcError } from '../engines/rfc-dialect.ts';
import type { Profile, Room } from '../profile.ts';

const organization = '00D105105105105EAX';
const user = (person: Person) => `005${derived(`salesforce id ${person.id}`, 15)}`.replace(/[-_]/g, '0');

const known =
  /^(?:openid|id|profile|email|address|phone|web|full|api|[a-z]+_api|refresh_token|offline_access|content|lightning|visualforce|custom_permissions|forgot_password|user_registration_api)$/;

const dead: RfcError = [400, 'invalid_grant', 'expired access/refresh token'];
const badCode: RfcError = [400, 'invalid_grant', 'invalid authorization code'];

export const salesforce: Profile = oidcProfile({
  name: 'salesforce',
  title: 'Salesforce',
  provider: 'salesforce',
  clientId: `3MVG9${derived('salesforce client id', 80, alphabets.letters)}`,
  clientSecret: derived('salesforce client secret', 64, '0123456789ABCDEF'),
  mint: {
    code: () => `aPrx${random(60)}`,
    access: () => `${organization}!${random(96)}`,
    refresh: () => `5Aep${random(80)}`,
  },
  subject: (person) => `https://login.salesforce.com/id/${organization}/${user(person)}`,
  authorize: {
    path: '/services/oauth2/authorize',
    required: ['response_type'],
    knownScope: (scope) => known.test(scope),
    offline: ({ scopes }) => scopes.includes('refresh_token') || scopes.includes('offline_access'),
  },
  token: {
    path: '/services/oauth2/token',
    // The organization's session timeout, which no answer states.
    life: { access: 7200, refresh: null },
    repeatsRefreshToken: false,
    maxRefreshTokens: 5,
  },
  extra: (room, { access }) => ({
    expires_in: undefined,
    instance_url: room.base(),
    id: room.profile.subject(room.person(access.user), access.clientId),
    issued_at: String(access.issuedAt),
    signature: derived(`salesforce signature ${access.issuedAt}`, 44),
  }),
  userinfo: {
    path: '/services/oauth2/userinfo',
    body: (person, room, { clientId, scopes }) => ({
      sub: room.profile.subject(person, clientId),
      user_id: user(person),
      organization_id: organization,
      preferred_username: `${person.handle}@lab.example`,
      name: person.name,
      picture: room.picture(person),
      ...(scopes.includes('email') && {
        email: person.email ?? `${person.handle}@salesforce.example`,
        email_verified: person.emailVerified,
      }),
      // A text, although OpenID Connect requires a number.
      updated_at: '2026-01-01T00:00:00Z',
    }),
  },
  revocation: { path: '/services/oauth2/revoke', reach: 'family' },
  oidc: { jwksPath: '/id/keys', claims: () => ({}) },
  refuse: apiDialect(refuse, {
    client_unknown: [400, 'invalid_client_id', 'client identifier invalid'],
    client_secret: [400, 'invalid_client', 'invalid client credentials'],
    code_unknown: badCode,
    code_used: badCode,
    code_expired: [400, 'invalid_grant', 'expired authorization code'],
    refresh_unknown: dead,
    refresh_expired: dead,
    refresh_revoked: dead,
  }),
  more: mountQuery,
});

function mountQuery(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/services/data',
    handle: (call) => {
      requireToken(room, bearer(call), ['api', 'full']);
      return json([{ label: 'Lab', url: '/services/data/v60.0', version: '60.0' }]);
    },
  });
}

function refuse(problem: string, call: Call): Reply {
  if (call.path.includes('/oauth2/')) return { status: 403, encoding: 'text', body: 'Bad_OAuth_Token' };
  if (problem === 'scope')
    return json([{ message: 'This feature is not enabled', errorCode: 'API_DISABLED' }], 403);
  return json([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }], 401);
}
