import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import type { Problem } from '../core/refusal.ts';
import { type Call, json, param, type Reply } from '../core/wire.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

const known = [
  'read',
  'read_all',
  'profile:read_all',
  'profile:write',
  'activity:read',
  'activity:read_all',
  'activity:write',
];

const id = (person: Person) => Number(derived(`strava id ${person.id}`, 8, '123456789'));

function athlete(person: Person, room: Room): Record<string, unknown> {
  return {
    id: id(person),
    username: person.handle,
    resource_state: 2,
    firstname: person.givenName,
    lastname: person.familyName,
    profile: room.picture(person),
  };
}

export const strava: Profile = standardProfile({
  name: 'strava',
  title: 'Strava',
  provider: 'strava',
  clientId: '105105',
  clientSecret: derived('strava client secret', 40, alphabets.hex),
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(40, alphabets.hex),
    access: () => random(40, alphabets.hex),
    refresh: () => random(40, alphabets.hex),
  },
  subject: (person) => String(id(person)),
  authorize: {
    path: '/oauth/authorize',
    required: ['response_type', 'scope'],
    scopeSeparator: /,/,
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
    untickable: (scope) => scope !== 'read',
    extras: ({ scopes }) => ({ scope: scopes.join(',') }),
  },
  token: {
    path: '/api/v3/oauth/token',
    life: { access: 21_600, refresh: null },
    clientAuth: ['post'],
    redirect: 'ignored',
    pkce: 'ignored',
    accessKept: 3600,
  },
  answer: ({ scope: _, ...fields }, { access, call }, room) => ({
    ...fields,
    expires_at: Math.floor((access.expiresAt ?? 0) / 1000),
    ...(call.form.get('grant_type') === 'authorization_code' && {
      athlete: athlete(room.person(access.user), room),
    }),
  }),
  userinfo: { path: '/api/v3/athlete', body: athlete },
  refuse,
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/api/v3/oauth/token',
    userinfo: '/api/v3/athlete',
    revocation: '/oauth/deauthorize',
    api: '/api/v3',
  },
  more: (room) => {
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/oauth/deauthorize',
      handle: (call) => deauthorize(room, call),
    });
  },
});

/** Ends the athlete's whole grant to this app. */
function deauthorize(room: Room, call: Call): Reply {
  const token = requireToken(room, param(call, 'access_token'));
  room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json({ access_token: token.value });
}

const said: Partial<Record<Problem, readonly [resource: string, field: string, code: string]>> = {
  client_unknown: ['Application', 'client_id', 'invalid'],
  client_secret: ['Application', '', 'invalid'],
  code_unknown: ['AuthorizationCode', 'code', 'invalid'],
  code_used: ['AuthorizationCode', 'code', 'invalid'],
  code_expired: ['AuthorizationCode', '', 'expired'],
  refresh_unknown: ['RefreshToken', 'refresh_token', 'invalid'],
  refresh_expired: ['RefreshToken', 'refresh_token', 'invalid'],
  refresh_revoked: ['RefreshToken', 'refresh_token', 'invalid'],
  token_missing: ['Athlete', 'access_token', 'invalid'],
  token_unknown: ['Athlete', 'access_token', 'invalid'],
  token_expired: ['Athlete', 'access_token', 'invalid'],
  token_revoked: ['Athlete', 'access_token', 'invalid'],
};

function refuse(problem: Problem, _call: Call, detail: string): Reply {
  const [resource, field, code] = said[problem] ?? ['Application', detail, 'invalid'];
  const unauthorized = problem.startsWith('token_') || problem === 'client_secret';
  const message = unauthorized ? 'Authorization Error' : 'Bad Request';
  return json({ message, errors: [{ resource, field, code }] }, unauthorized ? 401 : 400);
}
