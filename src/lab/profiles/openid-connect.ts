import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import { secondsLeft } from '../engines/redeem-code.ts';

const at = (path: string) => `/realms/lab/protocol/openid-connect/${path}`;
const session = (family: string) => derivedUuid(`openid-connect session ${family}`);
const known = ['openid', 'profile', 'email', 'offline_access'];

/** A self-hosted provider that behaves like Keycloak with "Revoke Refresh Token" enabled. */
export const openidConnect = oidcProfile({
  name: 'openid-connect',
  title: 'OpenID Connect',
  provider: 'openid-connect',
  clientId: 'symbolon',
  clientSecret: derived('openid-connect client secret', 32),
  rotation: 'reuse-kills-family',
  session,
  subject: (person) => derivedUuid(`openid-connect sub ${person.id}`),
  mint: {
    code: () => random(110),
    access: () => `eyJ${random(400, alphabets.base64url)}`,
    refresh: () => `eyJ${random(300, alphabets.base64url)}`,
  },
  authorize: {
    path: at('auth'),
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.includes(scope),
  },
  token: { path: at('token'), life: { access: 300, refresh: 30 * 86_400 }, refreshSlides: true },
  extra: (room, { access, refresh }) => ({
    ...(refresh && { refresh_expires_in: secondsLeft(room, refresh) }),
    'not-before-policy': 0,
    session_state: session(access.family),
  }),
  userinfo: {
    path: at('userinfo'),
    body: (person, room, token) => ({
      sub: room.profile.subject(person, token.clientId),
      ...standardClaims(person, room, token),
    }),
  },
  revocation: { path: at('revoke'), reach: 'grant' },
  oidc: {
    issuer: (room) => `${room.base()}/realms/lab`,
    discoveryPath: '/realms/lab/.well-known/openid-configuration',
    jwksPath: at('certs'),
    tellsAuthTime: true,
    claims: (person, room, token) => ({ ...standardClaims(person, room, token), sid: session(token.family) }),
  },
  endpoints: {
    issuer: '/realms/lab',
    authorization: at('auth'),
    token: at('token'),
    userinfo: at('userinfo'),
    revocation: at('revoke'),
    jwks: at('certs'),
    api: '/realms/lab',
  },
  options: { rotation: 'reuse-kills-family' },
});
