import { derived } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { idToken, mountDiscovery, type OidcRules, oidcFaults } from '../engines/oidc.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

export interface StrictOptions {
  /** Seconds an access token lives. */
  readonly accessLife?: number;
}

/**
 * An OpenID provider without mercy: it rotates at every refresh, and a refresh token shown twice costs its whole
 * family. Not among the profiles a newcomer sees; tests ask for it.
 */
export function strict({ accessLife = 60 }: StrictOptions = {}): Profile {
  const profile = standardProfile({
    name: 'strict',
    title: 'Strict',
    provider: 'openid-connect',
    clientId: 'symbolon-at-strict',
    rotation: 'reuse-kills-family',
    faults: oidcFaults,
    subject: (person) => derived(`strict sub ${person.id}`, 24),
    authorize: { path: '/authorize', challenge: 'required', required: ['response_type', 'scope'] },
    token: { path: '/token', life: { access: accessLife, refresh: null } },
    answer: async (fields, issued, room) => ({
      ...fields,
      id_token: await idToken(room, rules(room), issued),
    }),
    userinfo: {
      path: '/userinfo',
      methods: ['GET', 'POST'],
      body: (person, room, { clientId }) => ({
        sub: profile.subject(person, clientId),
        ...claims(room, person),
      }),
    },
    revocation: { path: '/revoke', reach: 'grant' },
    more: (room) => mountDiscovery(room, rules(room)),
  });
  return { ...profile, endpoints: { ...profile.endpoints, issuer: '', jwks: '/jwks' } };
}

function rules(room: Room): OidcRules {
  const { base } = room;
  return {
    jwksPath: '/jwks',
    issuer: base,
    idTokenSeconds: 3600,
    claims: (person) => claims(room, person),
    metadata: () => ({
      issuer: base(),
      authorization_endpoint: `${base()}/authorize`,
      token_endpoint: `${base()}/token`,
      userinfo_endpoint: `${base()}/userinfo`,
      revocation_endpoint: `${base()}/revoke`,
      jwks_uri: `${base()}/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
    }),
  };
}

function claims(room: Room, person: Person): Record<string, unknown> {
  const { name, givenName, familyName, email, emailVerified } = person;
  return {
    name,
    given_name: givenName,
    picture: room.picture(person),
    ...(familyName !== '' && { family_name: familyName }),
    ...(email !== null && { email, email_verified: emailVerified }),
  };
}
