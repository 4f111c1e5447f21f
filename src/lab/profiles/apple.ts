import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { json } from '../core/wire.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import { rfcDialect } from '../engines/rfc-dialect.ts';
import type { Profile } from '../profile.ts';
import { isSignedByKey, keyId, privateKey, teamId } from './apple/client-secret.ts';

const clientId = 'com.example.symbolon.lab';
const words = rfcDialect({
  client_unknown: [400, 'invalid_client', ''],
  client_secret: [400, 'invalid_client', ''],
});

/** Sign in with Apple: a client secret per call, a callback by form post, a name that is sent once. */
export const apple: Profile = oidcProfile({
  name: 'apple',
  title: 'Apple',
  provider: 'apple',
  clientId,
  clientSecret: privateKey,
  options: { team_id: teamId, key_id: keyId, native_audience: clientId },
  secretFits: isSignedByKey,
  sdkScopes: ['openid', 'name', 'email'],
  mint: {
    code: () => `c${random(32, alphabets.hex)}.0.mrsz.${random(22)}`,
    access: () => `a${random(32, alphabets.hex)}.0.mrsz.${random(22)}`,
    refresh: () => `r${random(32, alphabets.hex)}.0.mrsz.${random(22)}`,
  },
  // The id is the same for all apps of a team.
  subject: (person) => `001050.${derived(`apple ${teamId} ${person.id}`, 32, alphabets.hex)}.1050`,
  authorize: {
    path: '/auth/authorize',
    required: ['response_type'],
    knownScope: (scope) => ['openid', 'name', 'email'].includes(scope),
    // An ID token is always returned.
    expandScopes: (scopes) => [...new Set(['openid', ...scopes])],
    challenge: 'ignored',
    codeSeconds: 300,
    objection: ({ query }) =>
      (query.get('scope') ?? '') !== '' && query.get('response_mode') !== 'form_post'
        ? 'invalid_request: response_mode must be form_post when name or email scope is requested.'
        : undefined,
    complain: 'page',
    posts: (query) => query.get('response_mode') === 'form_post',
    denial: () => ({ error: 'user_cancelled_authorize' }),
    extras: ({ scopes }, person, earlier) => (earlier === undefined ? firstTime(scopes, person) : {}),
  },
  token: {
    path: '/auth/token',
    clientAuth: ['post'],
    redirect: 'if-given',
    pkce: 'ignored',
    life: { access: 3600, refresh: null },
    repeatsRefreshToken: false,
  },
  revocation: { path: '/auth/revoke', reach: 'grant' },
  extra: () => ({ scope: undefined }),
  refuse: (problem, call, detail) => {
    const reply = words(problem, call, detail);
    const { error } = reply.body as { error: string };
    return { ...json({ error }, reply.status) };
  },
  oidc: {
    jwksPath: '/auth/keys',
    claims: (person, _room, { scopes }) => ({
      nonce_supported: true,
      ...(scopes.includes('email') && address(person)),
    }),
  },
  endpoints: {
    authorization: '/auth/authorize',
    token: '/auth/token',
    revocation: '/auth/revoke',
    jwks: '/auth/keys',
    api: '',
  },
});

/** Returns the name, which is not signed. */
function firstTime(scopes: readonly string[], { givenName, familyName, email }: Person) {
  const user = {
    ...(scopes.includes('name') && { name: { firstName: givenName, lastName: familyName } }),
    ...(scopes.includes('email') && email !== null && { email }),
  };
  return Object.keys(user).length > 0 ? { user: JSON.stringify(user) } : {};
}

/** Returns the claims of the address. Booleans are texts for some people, and ada hides her address. */
function address({ id, email, emailVerified }: Person) {
  if (email === null) return {};
  if (id !== 'ada') return { email, email_verified: String(emailVerified) };
  const relay = `${derived('apple relay ada', 10)}@privaterelay.appleid.com`;
  return { email: relay, email_verified: true, is_private_email: true };
}
