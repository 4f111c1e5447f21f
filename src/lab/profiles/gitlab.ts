import { alphabets, derived, random } from '../core/mint.ts';
import { bearer, json } from '../core/wire.ts';
import { oidcProfile } from '../engines/oidc-profile.ts';
import { requireToken } from '../engines/require-token.ts';
import type { RfcError } from '../engines/rfc-dialect.ts';
import type { Profile, Room } from '../profile.ts';

/** Doorkeeper sends the same error for all reasons. */
const invalidGrant: RfcError = [
  400,
  'invalid_grant',
  'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
];
const known = /^(?:openid|profile|email|api|sudo|(?:read|write)_[a-z_]+)$/;

export const gitlab: Profile = oidcProfile({
  name: 'gitlab',
  title: 'GitLab',
  provider: 'gitlab',
  clientId: derived('gitlab client id', 64, alphabets.hex),
  clientSecret: `gloas-${derived('gitlab client secret', 64, alphabets.hex)}`,
  rotation: 'single-use',
  mint: {
    code: () => random(64, alphabets.hex),
    access: () => random(64, alphabets.hex),
    refresh: () => random(64, alphabets.hex),
  },
  subject: (person) => derived(`gitlab id ${person.id}`, 7, '123456789'),
  authorize: { path: '/oauth/authorize', knownScope: (scope) => known.test(scope) },
  token: { path: '/oauth/token', life: { access: 7200, refresh: null }, oldAccessDies: true },
  extra: (room) => ({ created_at: Math.floor(room.ledger.now() / 1000) }),
  userinfo: { path: '/oauth/userinfo' },
  revocation: { path: '/oauth/revoke' },
  words: {
    code_unknown: invalidGrant,
    code_used: invalidGrant,
    code_expired: invalidGrant,
    redirect_mismatch: invalidGrant,
    verifier: invalidGrant,
    refresh_unknown: invalidGrant,
    refresh_expired: invalidGrant,
    refresh_revoked: invalidGrant,
  },
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    userinfo: '/oauth/userinfo',
    revocation: '/oauth/revoke',
    api: '/api/v4',
  },
  oidc: { jwksPath: '/oauth/discovery/keys' },
  more: mountUser,
});

function mountUser(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/api/v4/user',
    handle: (call) => {
      const token = requireToken(room, bearer(call), ['read_user', 'api', 'read_api']);
      const person = room.person(token.user);
      return json({
        id: Number(room.profile.subject(person, token.clientId)),
        username: person.handle,
        name: person.name,
        state: 'active',
        locked: false,
        avatar_url: room.picture(person),
        email: person.email ?? '',
        confirmed_at: person.emailVerified ? '2020-01-01T00:00:00.000Z' : null,
      });
    },
  });
}
