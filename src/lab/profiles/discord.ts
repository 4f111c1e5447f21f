import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { bearer, json } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { requireToken } from '../engines/require-token.ts';
import type { RfcError } from '../engines/rfc-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const known =
  /^(?:identify|email|openid|connections|bot|applications\.[a-z.]+|gdm\.join|guilds(?:\.join|\.members\.read)?|messages\.read|role_connections\.write|webhook\.incoming)$/;
const invalidGrant: RfcError = [400, 'invalid_grant', 'Invalid "code" in request.'];
const invalidRefresh: RfcError = [400, 'invalid_grant', 'Invalid refresh token.'];

export const discord = standardProfile({
  name: 'discord',
  title: 'Discord',
  provider: 'discord',
  clientId: '1050105010501050105',
  clientSecret: derived('discord client secret', 32),
  rotation: 'single-use',
  mint: {
    code: () => random(30),
    access: () => random(30),
    refresh: () => random(30),
  },
  subject: (person) => `1${derived(`discord id ${person.id}`, 17, alphabets.digits)}`,
  authorize: {
    path: '/oauth2/authorize',
    required: ['response_type', 'scope'],
    knownScope: (scope) => known.test(scope),
    noneStillAsks: true,
  },
  token: { path: '/api/oauth2/token', life: { access: 604_800, refresh: null } },
  userinfo: { path: '/api/users/@me', scopes: ['identify'], body: user },
  revocation: { path: '/api/oauth2/token/revoke', reach: 'grant' },
  // All faults of a code or a refresh token have the same error.
  refuse: apiDialect(
    (problem) =>
      problem === 'scope'
        ? json({ message: 'Missing Access', code: 50_001 }, 403)
        : json({ message: '401: Unauthorized', code: 0 }, 401),
    {
      code_unknown: invalidGrant,
      code_used: invalidGrant,
      code_expired: invalidGrant,
      redirect_mismatch: invalidGrant,
      verifier: invalidGrant,
      refresh_unknown: invalidRefresh,
      refresh_expired: invalidRefresh,
      refresh_revoked: invalidRefresh,
    },
  ),
  endpoints: {
    authorization: '/oauth2/authorize',
    token: '/api/oauth2/token',
    userinfo: '/api/users/@me',
    revocation: '/api/oauth2/token/revoke',
    api: '/api',
  },
  more: mountGuilds,
});

function user(person: Person, room: Room, token: { clientId: string; scopes: readonly string[] }) {
  const mail = token.scopes.includes('email');
  return {
    id: room.profile.subject(person, token.clientId),
    username: person.handle,
    discriminator: '0',
    global_name: person.id === 'sam' ? null : person.name,
    avatar: person.id === 'ada' ? derived('discord avatar ada', 32, alphabets.hex) : null,
    locale: person.locale,
    ...(mail && { email: person.email, verified: person.emailVerified }),
  };
}

function mountGuilds(room: Room): void {
  room.route({
    kind: 'api',
    methods: ['GET'],
    path: '/api/users/@me/guilds',
    handle: (call) => {
      requireToken(room, bearer(call), ['guilds']);
      return json([{ id: '1050000000000000001', name: 'The lab', owner: false }]);
    },
  });
}
