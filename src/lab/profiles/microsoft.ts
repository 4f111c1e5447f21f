import { derived, derivedUuid, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { bearer, json } from '../core/wire.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import { requireToken } from '../engines/require-token.ts';
import type { Profile, Room } from '../profile.ts';
import { refuse } from './microsoft/dialect.ts';
import { everyScopeOf, known, named, withEarlier } from './microsoft/scopes.ts';
import { objectOf, tenantOf } from './microsoft/tenants.ts';

const day = 86_400;

/** Entra ID: any tenant at `common`. The app has the optional claim `xms_edov`. */
export const microsoft: Profile = oidcProfile({
  name: 'microsoft',
  title: 'Microsoft',
  provider: 'microsoft',
  clientId: derivedUuid('microsoft client id'),
  options: { native_audience: derivedUuid('microsoft client id') },
  clientSecret: `1eb8Q~${derived('microsoft client secret', 34)}`,
  rotation: 'overlapping',
  mint: {
    code: () => `1.A${random(120)}`,
    access: () => `EwB${random(300)}`,
    refresh: () => `1.A${random(300)}`,
  },
  // The id differs from app to app.
  subject: (person, clientId) => derived(`microsoft sub ${clientId} ${person.id}`, 43),
  authorize: {
    path: '/:tenant/oauth2/v2.0/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known(named(scope)),
    expandScopes: (scopes) => [...new Set(scopes.map(named))],
    grantScopes: withEarlier,
    objection: ({ query }) =>
      /^(|login|consent|select_account|none|create)$/.test(query.get('prompt') ?? '')
        ? undefined
        : 'AADSTS90023: Unsupported prompt value.',
    offline: ({ scopes }) => scopes.includes('offline_access'),
  },
  token: {
    path: '/:tenant/oauth2/v2.0/token',
    life: { access: 3_900, refresh: 90 * day },
    refreshSlides: true,
    scopesOf: everyScopeOf,
  },
  userinfo: {
    path: '/oidc/userinfo',
    body: (person, room, { clientId, scopes }) => ({
      sub: room.profile.subject(person, clientId),
      ...(scopes.includes('profile') && names(person)),
      ...(scopes.includes('email') && person.email !== null && { email: person.email }),
    }),
  },
  extra: (_room, { access }) => ({
    ext_expires_in: 3_900,
    scope: access.scopes.filter((scope) => scope !== 'offline_access').join(' '),
  }),
  refuse,
  // MSAL requests `openid profile`, and its ID tokens have no `azp`.
  sdkClaims: (person, room) => ({ ...tenancy(person, room), oid: objectOf(person), azp: undefined }),
  oidc: {
    jwksPath: '/common/discovery/v2.0/keys',
    discoveryPath: '/:tenant/v2.0/.well-known/openid-configuration',
    issuer: (room) => `${room.base()}/{tenantid}/v2.0`,
    metadata: (room) => ({
      authorization_endpoint: `${room.base()}/common/oauth2/v2.0/authorize`,
      token_endpoint: `${room.base()}/common/oauth2/v2.0/token`,
    }),
    claims: (person, room, { scopes }) => ({
      ...tenancy(person, room),
      ...(scopes.includes('profile') && {
        oid: objectOf(person),
        preferred_username: person.email ?? `${person.handle}@outlook.example`,
        ...names(person),
      }),
      ...(scopes.includes('email') &&
        person.email !== null && { email: person.email, xms_edov: person.emailVerified }),
    }),
  },
  endpoints: {
    issuer: '/{tenantid}/v2.0',
    authorization: '/common/oauth2/v2.0/authorize',
    token: '/common/oauth2/v2.0/token',
    jwks: '/common/discovery/v2.0/keys',
    api: '/v1.0',
  },
  more: mountGraph,
});

function tenancy(person: Person, room: Room) {
  return { iss: `${room.base()}/${tenantOf(person)}/v2.0`, tid: tenantOf(person), ver: '2.0' };
}

function names({ name, givenName, familyName }: Person) {
  return { name, given_name: givenName, family_name: familyName };
}

function mountGraph(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/v1.0/me',
    handle: (call) => {
      const person = room.person(requireToken(room, bearer(call), ['User.Read']).user);
      return json({
        '@odata.context': `${room.base()}/v1.0/$metadata#users/$entity`,
        id: objectOf(person),
        displayName: person.name,
        givenName: person.givenName,
        surname: person.familyName,
        mail: person.email,
        userPrincipalName: person.email,
      });
    },
  });
}
