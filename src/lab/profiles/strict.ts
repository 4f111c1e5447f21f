import { derived } from '../core/mint.ts';
import { oidcProfile, standardClaims } from '../engines/oidc-profile.ts';
import type { Profile } from '../profile.ts';

export interface StrictOptions {
  /** The lifetime of an access token in seconds. */
  readonly accessLife?: number;
}

/**
 * An OpenID provider with the strictest rotation: every refresh rotates, and a refresh token used twice revokes its whole
 * family. Only tests use it; developer mode does not list it.
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
      // At any scope.
      claims: (person, room) => standardClaims(person, room, { scopes: ['profile', 'email'] }),
    },
  });
}
