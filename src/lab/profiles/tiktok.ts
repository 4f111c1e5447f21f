import { alphabets, derived, random } from '../core/mint.ts';
import type { Person } from '../core/people.ts';
import { type Problem, Refusal } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';
import { apiDialect } from '../engines/api-dialect.ts';
import { authenticate } from '../engines/client-auth.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Room } from '../profile.ts';

const life = { access: 86_400, refresh: 365 * 86_400 };
const api = { code: 'ok', message: '', log_id: '20261121000000000000000000000000' };

const words = apiDialect((problem) => {
  const code = problem === 'scope' ? 'scope_not_authorized' : 'access_token_invalid';
  return json({ data: {}, error: { ...api, code, message: 'The request was refused.' } }, 401);
});

/** Returns the errors of the token endpoint, which have been seen with status 200. */
function refuse(problem: Problem, call: Call, detail: string): Reply {
  const reply = words(problem, call, detail);
  if (!call.path.includes('/v2/oauth/') || problem === 'busy') return reply;
  return json({ ...Object(reply.body), log_id: api.log_id });
}

export const tiktok = standardProfile({
  name: 'tiktok',
  title: 'TikTok',
  provider: 'tiktok',
  clientId: derived('tiktok client key', 18, alphabets.letters).toLowerCase(),
  clientSecret: derived('tiktok client secret', 32, alphabets.letters),
  scopeSeparator: ',',
  rotation: 'single-use',
  mint: {
    // Contains characters that the client must decode.
    code: () => `${random(60)}*0!${random(4, alphabets.digits)}.va`,
    access: () => `act.${random(60)}!${random(4, alphabets.digits)}.va`,
    refresh: () => `rft.${random(60)}!${random(4, alphabets.digits)}.va`,
  },
  subject: (person, clientKey) => `-000${derived(`tiktok open_id ${clientKey} ${person.id}`, 32)}`,
  refuse,
  authorize: {
    path: '/v2/auth/authorize/',
    clientParam: 'client_key',
    required: ['response_type', 'scope', 'state'],
    scopeSeparator: /,/,
    knownScope: (scope) => /^(?:user\.info|video|research|portability)\.[a-z.]+$/.test(scope),
    untickable: (scope) => scope !== 'user.info.basic',
  },
  token: { path: '/v2/oauth/token/', clientAuth: ['post'], as: withClientKey, life },
  answer: (fields, { access, refresh }, room) => ({
    ...fields,
    open_id: room.profile.subject(room.person(access.user), access.clientId),
    scope: access.scopes.join(','),
    refresh_expires_in: refresh?.expiresAt
      ? Math.round((refresh.expiresAt - room.ledger.now()) / 1000)
      : undefined,
  }),
  userinfo: { path: '/v2/user/info/', scopes: ['user.info.basic'], body: userInfo },
  endpoints: {
    authorization: '/v2/auth/authorize/',
    token: '/v2/oauth/token/',
    userinfo: '/v2/user/info/',
    revocation: '/v2/oauth/revoke/',
    api: '/v2',
  },
  more: (room) =>
    room.route({
      kind: 'revoke',
      methods: ['POST'],
      path: '/v2/oauth/revoke/',
      handle: (call) => revoke(room, call),
    }),
});

/** Reads the client id, which TikTok calls a key. */
function withClientKey(call: Call): Call {
  const { client_key, client_id: _, ...rest } = Object.fromEntries(call.form);
  if (client_key === undefined) throw new Refusal('missing', 'client_key');
  const twice = new URLSearchParams({ ...rest, client_id: client_key });
  return { ...call, form: twice };
}

type Asked = { readonly call: Call; readonly clientId: string };

function userInfo(person: Person, room: Room, { call, clientId }: Asked): unknown {
  const all: Record<string, string> = {
    open_id: room.profile.subject(person, clientId),
    union_id: unionId(person),
    avatar_url: room.picture(person),
    display_name: person.name,
  };
  const asked = call.query.get('fields')?.split(',') ?? [];
  if (asked.length === 0) throw new Refusal('missing', 'fields');
  return { data: { user: Object.fromEntries(asked.map((name) => [name, all[name]])) }, error: api };
}

/** Returns the id that is the same for all apps of one developer. */
function unionId(person: Person): string {
  return derived(`tiktok union_id ${person.id}`, 36, alphabets.hex);
}

function revoke(room: Room, call: Call): Reply {
  const client = authenticate(room, withClientKey(call), ['post']);
  const token = room.ledger.token(call.form.get('token') ?? '');
  if (token?.clientId !== client.clientId || !room.ledger.isLive(token))
    return json({
      error: 'invalid_grant',
      error_description: 'Access token is invalid.',
      log_id: api.log_id,
    });
  room.ledger.endGrant(room.grant(token), 'revoked_by_client');
  return json({});
}
