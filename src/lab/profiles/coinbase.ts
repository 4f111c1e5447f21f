import { alphabets, derived, derivedUuid, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { bearer, type Call, json, param, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile, Room } from '../profile.ts';

export const coinbase: Profile = standardProfile({
  name: 'coinbase',
  title: 'Coinbase',
  provider: 'coinbase',
  clientId: derived('coinbase client id', 64, alphabets.hex),
  clientSecret: derived('coinbase client secret', 64, alphabets.hex),
  rotation: 'single-use',
  mint: { code: () => random(43), access: () => random(64), refresh: () => random(64) },
  subject: (person) => derivedUuid(`coinbase id ${person.id}`),
  authorize: {
    path: '/oauth2/auth',
    scopeSeparator: /[ ,]+/,
    knownScope: (scope) => scope === 'offline_access' || scope.startsWith('wallet:'),
    offline: ({ scopes }) => scopes.includes('offline_access'),
  },
  token: {
    path: '/oauth2/token',
    life: { access: 3600, refresh: 547 * 86_400 },
    clientAuth: ['post'],
  },
  userinfo: {
    path: '/v2/user',
    scopes: ['wallet:user:read', 'wallet:user:email'],
    body: (person, room, { clientId, scopes }) => ({
      data: {
        id: room.profile.subject(person, clientId),
        name: person.name,
        resource: 'user',
        avatar_url: room.picture(person),
        ...(scopes.includes('wallet:user:email') && {
          email: person.email ?? `${person.handle}@coinbase.example`,
        }),
      },
    }),
  },
  endpoints: {
    authorization: '/oauth2/auth',
    token: '/oauth2/token',
    userinfo: '/v2/user',
    revocation: '/oauth2/revoke',
    api: '/v2',
  },
  refuse: apiDialect(refuse, {
    refresh_unknown: [401, 'invalid_grant', 'The refresh token is invalid'],
    refresh_expired: [401, 'invalid_grant', 'The refresh token has expired'],
    refresh_revoked: [401, 'invalid_grant', 'The refresh token was revoked'],
  }),
  more: (room) => {
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/oauth2/revoke',
      handle: (call) => revoke(room, call),
    });
  },
});

/** Revokes a token, sent in header and body. The answer is always 200. */
function revoke({ ledger, grant }: Room, call: Call): Reply {
  const token = ledger.token(param(call, 'token') ?? '');
  if (token !== undefined && token.value === bearer(call) && ledger.isLive(token))
    ledger.endGrant(grant(token), 'revoked_by_client');
  return json({});
}

const ids: Partial<Record<Problem, string>> = {
  token_unknown: 'invalid_token',
  token_expired: 'expired_token',
  token_revoked: 'revoked_token',
};

function refuse(problem: Problem): Reply {
  const id = problem === 'scope' ? 'invalid_scope' : (ids[problem] ?? 'authentication_error');
  return json({ errors: [{ id, message: 'Not authorized' }] }, problem === 'scope' ? 403 : 401);
}
