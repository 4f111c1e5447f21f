import { alphabets, derived, random } from '../core/mint.ts';
import { bearer, json, param } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { authenticate } from '../engines/client-auth.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { requireToken } from '../engines/require-token.ts';
import type { Room } from '../profile.ts';

const known = ['openid', 'profile', 'email'];

export const line = oidcProfile({
  name: 'line',
  title: 'LINE',
  provider: 'line',
  clientId: '1050105010',
  clientSecret: derived('line channel secret', 32, alphabets.hex),
  rotation: 'single-use',
  signingAlgorithm: 'ES256',
  mint: {
    code: () => random(20),
    access: () => `eyJhbGciOiJIUzI1NiJ9.${random(150)}`,
    refresh: () => random(20),
  },
  subject: (person) => `U${derived(`line user ${person.id}`, 32, alphabets.hex)}`,
  authorize: {
    path: '/oauth2/v2.1/authorize',
    required: ['response_type', 'scope', 'state'],
    knownScope: (scope) => known.includes(scope),
    // The person can withhold the address.
    untickable: (scope) => scope === 'email',
  },
  token: {
    path: '/oauth2/v2.1/token',
    clientAuth: ['post'],
    life: { access: 2_592_000, refresh: 90 * 86_400 },
    refreshSlides: true,
  },
  userinfo: {
    path: '/oauth2/v2.1/userinfo',
    // The address is in the ID token only.
    body: (person, room, { clientId, scopes }) => ({
      sub: room.profile.subject(person, clientId),
      ...(scopes.includes('profile') && { name: person.name, picture: room.picture(person) }),
    }),
  },
  refuse: apiDialect(
    (problem) =>
      json({ message: `The access token is not valid: ${problem}` }, problem === 'scope' ? 403 : 401),
    {
      client_unknown: [400, 'invalid_client', 'invalid client_id'],
      client_secret: [400, 'invalid_client', 'invalid client_secret'],
      code_expired: [400, 'invalid_grant', 'authorization code expired'],
      code_unknown: [400, 'invalid_grant', 'invalid authorization code'],
      code_used: [400, 'invalid_grant', 'invalid authorization code'],
      refresh_unknown: [400, 'invalid_grant', 'invalid refresh token'],
      refresh_revoked: [400, 'invalid_grant', 'invalid refresh token'],
    },
  ),
  oidc: {
    jwksPath: '/oauth2/v2.1/certs',
    silentRefresh: true,
    tellsAuthTime: true,
    claims: (person, room, token) => {
      const { name, picture, email } = standardClaims(person, room, token);
      return { name, picture, email, amr: ['linesso'] };
    },
    // ID tokens for the web are signed with the channel secret, unlike the metadata says, unless ES256 is requested.
    hmac: (room, { call, access }) =>
      param(call, 'id_token_key_type') === 'JWK' ? undefined : room.client(access.clientId)?.clientSecret,
  },
  endpoints: {
    authorization: '/oauth2/v2.1/authorize',
    token: '/oauth2/v2.1/token',
    userinfo: '/oauth2/v2.1/userinfo',
    revocation: '/oauth2/v2.1/revoke',
    jwks: '/oauth2/v2.1/certs',
    api: '',
  },
  options: { native_audience: '1050105010' },
  sdkScopes: ['openid', 'profile'],
  more: mountTokenCalls,
});

function mountTokenCalls(room: Room): void {
  const live = (value: string | undefined) => {
    const token = room.ledger.token(value ?? '');
    return token?.kind === 'access' && room.ledger.isLive(token) ? token : undefined;
  };
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/oauth2/v2.1/verify',
    handle: (call) => {
      const token = live(param(call, 'access_token'));
      const error = { error: 'invalid_request', error_description: 'access token expired' };
      if (token === undefined) return json(error, 400);
      const { scopes, clientId: client_id } = token;
      return json({ scope: scopes.join(' '), client_id, expires_in: secondsLeft(room, token) });
    },
  });
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/v2/profile',
    handle: (call) => {
      const { user, clientId } = requireToken(room, bearer(call), ['profile']);
      const person = room.person(user);
      const userId = room.profile.subject(person, clientId);
      return json({ userId, displayName: person.name, pictureUrl: room.picture(person), statusMessage: '' });
    },
  });
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: '/oauth2/v2.1/revoke',
    handle: (call) => {
      const { clientId } = authenticate(room, call, ['post']);
      const token = live(param(call, 'access_token'));
      if (token?.clientId === clientId) room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return { status: 200, encoding: 'empty', body: '' };
    },
  });
}
