import { alphabets, derived, random } from '../core/mint.ts';
import { json, param } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { requireToken } from '../engines/require-token.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const known = ['basic', 'netdisk', 'super_msg'];

export const baidu = standardProfile({
  name: 'baidu',
  title: 'Baidu',
  provider: 'baidu',
  clientId: derived('baidu api key', 24),
  clientSecret: derived('baidu secret key', 32),
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `21.${random(32, alphabets.hex)}.2592000.${random(10, alphabets.digits)}`,
    refresh: () => `22.${random(32, alphabets.hex)}.315360000.${random(10, alphabets.digits)}`,
  },
  faults: { not_revoked: { reply: () => json({ result: 0 }) } },
  subject: (person, apiKey) => derived(`baidu openid ${apiKey} ${person.id}`, 32),
  authorize: {
    path: '/oauth/2.0/authorize',
    required: ['response_type'],
    defaultScopes: ['basic'],
    knownScope: (scope) => known.includes(scope),
    challenge: 'ignored',
    complain: 'page',
  },
  token: {
    path: '/oauth/2.0/token',
    clientAuth: ['post'],
    pkce: 'ignored',
    life: { access: 2_592_000, refresh: 315_360_000 },
  },
  answer: ({ token_type: _, ...fields }) => ({
    ...fields,
    session_key: `9${random(60)}`,
    session_secret: random(32, alphabets.hex),
  }),
  userinfo: {
    path: '/rest/2.0/passport/users/getInfo',
    methods: ['GET', 'POST'],
    token: (call) => param(call, 'access_token'),
    body: (person, room, { call, clientId }) => ({
      openid: room.profile.subject(person, clientId),
      // The middle of the name is masked.
      username: `${person.name.slice(0, 1)}***`,
      portrait: derived(`baidu portrait ${person.id}`, 32, alphabets.hex),
      sex: '0',
      ...(param(call, 'get_unionid') === '1' && {
        unionid: derived(`baidu unionid ${person.id}`, 32),
      }),
    }),
  },
  refuse: apiDialect(
    (problem) => {
      const [error_code, error_msg] = apiErrors[problem] ?? apiErrors.token_unknown;
      // Status 200; only the number shows the error.
      return json({ error_code, error_msg });
    },
    {
      client_unknown: [401, 'invalid_client', 'unknown client id'],
      client_secret: [401, 'invalid_client', 'Client authentication failed'],
      code_unknown: [400, 'invalid_grant', 'Invalid authorization code: '],
      code_used: [400, 'invalid_grant', 'Invalid authorization code: '],
      refresh_unknown: [400, 'invalid_grant', 'Invalid refresh token'],
      refresh_expired: [400, 'expired_token', 'refresh token has been used'],
      refresh_revoked: [400, 'invalid_grant', 'The provided authorization grant is revoked'],
    },
  ),
  endpoints: {
    authorization: '/oauth/2.0/authorize',
    token: '/oauth/2.0/token',
    userinfo: '/rest/2.0/passport/users/getInfo',
    api: '/rest/2.0',
  },
  more: mountRevoke,
});

const apiErrors: Partial<Record<string, readonly [code: number, message: string]>> & {
  readonly token_unknown: readonly [code: number, message: string];
} = {
  token_missing: [101, 'Invalid API key'],
  token_unknown: [110, 'Access token invalid or no longer valid'],
  token_expired: [111, 'Access token expired'],
  scope: [6, 'No permission to access data'],
};

function mountRevoke(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['GET'],
    path: '/rest/2.0/passport/auth/revokeAuthorization',
    handle: (call) => {
      const token = requireToken(room, param(call, 'access_token'));
      room.ledger.endGrant(room.grant(token), 'revoked_by_client');
      return json({ result: 1 });
    },
  });
}
