import { derived } from '../core/mint.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import type { Profile } from '../profile.ts';

export interface StrictOptions {
  /** Seconds an access token lives. */
  readonly accessLife?: number;
}

/**
 * An OpenID provider without mercy: it rotates at every refresh, and a refresh token shown twice costs its whole
 * family. Not among the profiles a newcomer sees; tests ask for it.
 */
export function strict({ accessLife = 60 }: StrictOptions = {}): Profile {
  return oidcProfile({
    name: 'strict',
    title: 'Strict',
    provider: 'openid-connect',
    clientId: 'symbolon-at-strict',
    rotation: 'reuse-kills-family',
    subject: (person) => derived(`strict sub ${person.id}`, 24),
    authorize: { path: '/authorize', challenge: 'required', required: ['response_type', 'scope'] },
    token: { path: '/token', life: { access: accessLife, refresh: null } },
    userinfo: { path: '/userinfo' },
    revocation: { path: '/revoke', reach: 'grant' },
    oidc: {
      jwksPath: '/jwks',
      // Whatever the scope.
      claims: (person, room) => standardClaims(person, room, { scopes: ['profile', 'email'] }),
    },
  });
}
