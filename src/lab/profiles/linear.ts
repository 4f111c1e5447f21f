import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { bearer, type Call, json, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

const known = ['read', 'write', 'issues:create', 'comments:create', 'timeSchedule:write', 'admin'];

export const linear: Profile = standardProfile({
  name: 'linear',
  title: 'Linear',
  provider: 'linear',
  clientId: derived('linear client id', 32, alphabets.hex),
  clientSecret: derived('linear client secret', 32, alphabets.hex),
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    code: () => random(40, alphabets.hex),
    access: () => `lin_oauth_${random(64, alphabets.hex)}`,
    refresh: () => `lin_refresh_${random(64, alphabets.hex)}`,
  },
  subject: (person) => derivedUuid(`linear id ${person.id}`),
  authorize: {
    path: '/oauth/authorize',
    required: ['response_type', 'scope'],
    scopeSeparator: /,/,
    knownScope: (scope) => known.includes(scope),
    expandScopes: (scopes) => [...new Set(['read', ...scopes])],
  },
  token: { path: '/oauth/token', life: { access: 86_399, refresh: null }, clientAuth: ['post'] },
  answer: ({ scope, ...fields }) => ({ ...fields, scope: String(scope).replaceAll(' ', ',') }),
  userinfo: {
    path: '/graphql',
    methods: ['POST'],
    scopes: ['read'],
    token: asked,
    body: (person, room, { clientId }) => ({
      data: {
        viewer: {
          id: room.profile.subject(person, clientId),
          name: person.name,
          email: person.email ?? `${person.handle}@linear.example`,
          avatarUrl: room.picture(person),
        },
      },
    }),
  },
  refuse: apiDialect(refuse),
  endpoints: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    userinfo: '/graphql',
    revocation: '/oauth/revoke',
    api: '',
  },
  more: (room) => {
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/oauth/revoke',
      handle: (call) => revoke(room, call),
    });
  },
});

function asked(call: Call): string | undefined {
  const { query } = call.json;
  if (typeof query !== 'string' || !query.includes('viewer')) throw new Refusal('request', 'no query');
  return bearer(call);
}

function revoke(room: Room, call: Call): Reply {
  const token = requireToken(room, bearer(call));
  room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json({ success: true });
}

function refuse(problem: Problem): Reply {
  const type = problem === 'scope' ? 'forbidden' : 'authentication error';
  const errors = [{ message: 'Authentication required, not authenticated', extensions: { type } }];
  return json({ errors }, problem === 'scope' ? 403 : 401);
}
