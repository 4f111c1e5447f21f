import { derived, random } from '../core/mint.ts';
import { Refusal } from '../core/refusal.ts';
import type { Call } from '../core/wire.ts';
import { idToken, type OidcRules } from '../engines/oidc.ts';
import { standardClaims } from '../engines/oidc-profile.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

/** The current scopes; those before August 2023 were removed. */
const retired = ['r_liteprofile', 'r_emailaddress'];

/** LinkedIn as an approved partner's app sees it. Other apps get no refresh token. */
export const linkedin = standardProfile({
  name: 'linkedin',
  title: 'LinkedIn',
  provider: 'linkedin',
  clientId: derived('linkedin client id', 14).toLowerCase(),
  clientSecret: `WPL_AP1.${derived('linkedin client secret', 24)}`,
  mint: {
    code: () => `AQ${random(120)}`,
    access: () => `AQX${random(340)}`,
    refresh: () => `AQW${random(340)}`,
  },
  // The id of a person differs from app to app.
  subject: (person, clientId) => derived(`linkedin sub ${clientId} ${person.id}`, 10),
  authorize: {
    path: '/oauth/v2/authorization',
    required: ['response_type', 'scope', 'state'],
    knownScope: (scope) =>
      !retired.includes(scope) && /^(?:openid|profile|email|(?:r|w|rw)_[a-z0-9_]+)$/.test(scope),
    challenge: 'ignored',
  },
  token: {
    path: '/oauth/v2/accessToken',
    clientAuth: ['post'],
    pkce: 'ignored',
    life: { access: 60 * 86_400, refresh: 365 * 86_400 },
    as: withoutVerifier,
  },
  answer: async (fields, issued, room) => ({
    ...fields,
    scope: issued.access.scopes.join(','),
    refresh_token_expires_in: issued.refresh && secondsLeft(room, issued.refresh),
    // The ID token has no nonce, even if one was sent.
    id_token: await idToken(room, rules(room), { ...issued, nonce: null }),
  }),
  userinfo: {
    path: '/v2/userinfo',
    scopes: ['openid'],
    body: (person, room, token) => ({
      sub: room.profile.subject(person, token.clientId),
      locale: { country: 'US', language: 'en' },
      ...standardClaims(person, room, token),
    }),
  },
  revocation: { path: '/oauth/v2/revoke' },
  endpoints: {
    authorization: '/oauth/v2/authorization',
    token: '/oauth/v2/accessToken',
    userinfo: '/v2/userinfo',
    revocation: '/oauth/v2/revoke',
    api: '',
  },
});

/** Refuses a web app that sends a verifier, as another kind of client. */
function withoutVerifier(call: Call): Call {
  if (call.form.has('code_verifier')) throw new Refusal('client_secret', 'code_verifier');
  return call;
}

function rules(room: Room): OidcRules {
  return {
    jwksPath: '/oauth/openid/jwks',
    issuer: () => `${room.base()}/oauth`,
    idTokenSeconds: 3600,
    claims: (person, token) => standardClaims(person, room, token),
    metadata: () => ({}),
  };
}
