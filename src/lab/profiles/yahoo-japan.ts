import { derived, random } from '../core/mint.ts';
import { json } from '../core/wire.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';

const known = ['openid', 'profile', 'email', 'address'];

export const yahooJapan = oidcProfile({
  name: 'yahoo-japan',
  title: 'Yahoo! JAPAN',
  provider: 'yahoo-japan',
  clientId: `dj00aiZpPX${derived('yahoo-japan client id', 40)}-`,
  mint: { code: () => random(22), access: () => random(180), refresh: () => random(48) },
  subject: (person) => derived(`yahoo-japan sub ${person.id}`, 26, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'),
  authorize: {
    path: '/yconnect/v2/authorization',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
  },
  token: {
    path: '/yconnect/v2/token',
    clientAuth: ['basic'],
    life: { access: 3600, refresh: 28 * 86_400 },
    repeatsRefreshToken: false,
  },
  userinfo: { path: '/yconnect/v2/attribute' },
  refuse: (problem, _call, detail) => {
    const [status, error, error_code] = errors[problem] ?? [400, 'invalid_request', 1000];
    const header = problem.startsWith('token_') && { 'www-authenticate': `Bearer error="${error}"` };
    return json({ error, error_description: `${problem} ${detail}`, error_code }, status, { ...header });
  },
  oidc: {
    issuer: (room) => `${room.base()}/yconnect/v2`,
    discoveryPath: '/yconnect/v2/.well-known/openid-configuration',
    jwksPath: '/yconnect/v2/jwks',
    tellsAuthTime: true,
    claims: (person, room, token) => ({ ...standardClaims(person, room, token), locale: 'ja-JP' }),
    metadata: () => ({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
  },
  endpoints: {
    issuer: '/yconnect/v2',
    authorization: '/yconnect/v2/authorization',
    token: '/yconnect/v2/token',
    userinfo: '/yconnect/v2/attribute',
    api: '/yconnect/v2',
  },
});

/** The numbers are invented, since those of Yahoo! JAPAN are not known. */
const errors: Partial<Record<string, readonly [status: number, error: string, code: number]>> = {
  grant_type: [400, 'unsupported_grant_type', 1200],
  client_unknown: [401, 'invalid_client', 1301],
  client_secret: [401, 'invalid_client', 1302],
  code_unknown: [400, 'invalid_grant', 1401],
  code_used: [400, 'invalid_grant', 1402],
  code_expired: [400, 'invalid_grant', 1403],
  redirect_mismatch: [400, 'invalid_grant', 1404],
  verifier: [400, 'invalid_grant', 1405],
  refresh_unknown: [400, 'invalid_grant', 1501],
  refresh_expired: [400, 'invalid_grant', 1502],
  refresh_revoked: [400, 'invalid_grant', 1503],
  token_missing: [401, 'invalid_request', 1600],
  token_unknown: [401, 'invalid_token', 1601],
  token_expired: [401, 'invalid_token', 1602],
  token_revoked: [401, 'invalid_token', 1603],
  scope: [403, 'insufficient_scope', 1700],
  busy: [503, 'temporarily_unavailable', 9000],
};
