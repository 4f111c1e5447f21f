import { derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { Refusal } from '../core/refusal.ts';
import { bearer, json, param, type Reply } from '../core/wire.ts';
import { idToken, mountDiscovery, type OidcRules, oidcFaults } from '../engines/oidc.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Issued } from '../engines/token-endpoint.ts';
import type { Room } from '../profile.ts';

const lower = '0123456789abcdefghijklmnopqrstuvwxyz';

export const twitch = standardProfile({
  name: 'twitch',
  title: 'Twitch',
  provider: 'twitch',
  clientId: derived('twitch client id', 30, lower),
  clientSecret: derived('twitch client secret', 30, lower),
  mint: { code: () => random(30, lower), access: () => random(30, lower), refresh: () => random(50, lower) },
  faults: oidcFaults,
  subject: (person) => derived(`twitch id ${person.id}`, 9, '123456789'),
  authorize: {
    path: '/oauth2/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => scope === 'openid' || scope.includes(':'),
    challenge: 'ignored',
  },
  token: {
    path: '/oauth2/token',
    clientAuth: ['post'],
    pkce: 'ignored',
    life: { access: 14_400, refresh: null },
  },
  answer: async (fields, issued, room) => ({
    ...fields,
    token_type: 'bearer',
    scope: issued.access.scopes,
    ...(issued.access.scopes.includes('openid') && { id_token: await signed(room, issued) }),
  }),
  userinfo: {
    path: '/oauth2/userinfo',
    scopes: ['openid'],
    // All other claims must be requested in `claims`.
    body: (person, room, { clientId }) => ({
      iss: issuer(room),
      aud: clientId,
      sub: room.profile.subject(person, clientId),
      preferred_username: person.handle,
    }),
  },
  refuse: (problem, _call, detail) => {
    const [status, message] = errors[problem] ?? [400, `missing ${detail}`];
    return json({ status, message }, status);
  },
  endpoints: {
    issuer: '/oauth2',
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    userinfo: '/oauth2/userinfo',
    revocation: '/oauth2/revoke',
    jwks: '/oauth2/keys',
    api: '/helix',
  },
  more: (room) => {
    mountDiscovery(room, rules(room, {}));
    mountRevoke(room);
    mountValidate(room);
    mountUsers(room);
  },
});

const errors: Partial<Record<string, readonly [status: number, message: string]>> = {
  client_unknown: [400, 'invalid client'],
  client_secret: [403, 'invalid client secret'],
  grant_type: [400, 'invalid grant type'],
  code_unknown: [400, 'Invalid authorization code'],
  code_used: [400, 'Invalid authorization code'],
  code_expired: [400, 'Invalid authorization code'],
  redirect_mismatch: [400, 'Parameter redirect_uri does not match registered URI'],
  refresh_unknown: [400, 'Invalid refresh token'],
  refresh_expired: [400, 'Invalid refresh token'],
  refresh_revoked: [400, 'Invalid refresh token'],
  token_missing: [401, 'missing authorization token'],
  token_unknown: [401, 'invalid access token'],
  token_expired: [401, 'invalid access token'],
  token_revoked: [401, 'invalid access token'],
  scope: [401, 'Missing scope'],
  busy: [503, 'service unavailable'],
};

function issuer(room: Room): string {
  return `${room.base()}/oauth2`;
}

function signed(room: Room, issued: Issued): Promise<string> {
  const asked: unknown = JSON.parse(issued.claims ?? '{}');
  const wanted = typeof asked === 'object' && asked !== null && 'id_token' in asked ? asked.id_token : {};
  return idToken(room, rules(room, Object(wanted)), issued);
}

function rules(room: Room, wanted: object): OidcRules {
  return {
    jwksPath: '/oauth2/keys',
    discoveryPath: '/oauth2/.well-known/openid-configuration',
    issuer: () => issuer(room),
    idTokenSeconds: 900,
    claims: (person, { scopes }) => {
      const mayMail = scopes.includes('user:read:email') && person.email !== null;
      const all = {
        preferred_username: person.name,
        picture: room.picture(person),
        ...(mayMail && { email: person.email, email_verified: person.emailVerified }),
      };
      return Object.fromEntries(Object.entries(all).filter(([name]) => name in wanted));
    },
    metadata: () => ({
      issuer: issuer(room),
      authorization_endpoint: `${issuer(room)}/authorize`,
      token_endpoint: `${issuer(room)}/token`,
      userinfo_endpoint: `${issuer(room)}/userinfo`,
      jwks_uri: `${issuer(room)}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      claims_parameter_supported: true,
    }),
  };
}

function mountRevoke(room: Room): void {
  const refused = (status: number, message: string): Reply => json({ status, message }, status);
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: '/oauth2/revoke',
    handle: (call) => {
      if (room.client(param(call, 'client_id')) === undefined) return refused(404, 'client does not exist');
      const token = room.ledger.token(param(call, 'token') ?? '');
      // A refresh token is refused.
      if (token?.kind !== 'access' || !room.ledger.isLive(token)) return refused(400, 'Invalid token');
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return { status: 200, encoding: 'empty', body: '' };
    },
  });
}

function mountValidate(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/oauth2/validate',
    handle: (call) => {
      const value = /^oauth +(\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
      const { user, clientId, scopes, expiresAt } = requireToken(room, value);
      const person = room.person(user);
      return json({
        client_id: clientId,
        login: person.handle,
        scopes,
        user_id: room.profile.subject(person, clientId),
        expires_in: Math.round(((expiresAt ?? 0) - room.ledger.now()) / 1000),
      });
    },
  });
}

/** Mounts Helix, which requires the client id beside the token. Both must belong together. */
function mountUsers(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/helix/users',
    handle: (call) => {
      const token = requireToken(room, bearer(call));
      if (call.header('client-id') !== token.clientId) throw new Refusal('token_unknown', 'Client-Id');
      return json({ data: [user(room, room.person(token.user), token.clientId)] });
    },
  });
}

function user(room: Room, person: Person, clientId: string) {
  return {
    id: room.profile.subject(person, clientId),
    login: person.handle,
    display_name: person.name,
    profile_image_url: room.picture(person),
  };
}
