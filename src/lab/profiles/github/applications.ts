import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { basic, type Call, json, type Reply } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { forbidden } from './api.ts';
import { apiError } from './dialect.ts';

const gone: Reply = { status: 204, encoding: 'empty', body: '' };

/** Mounts the calls by which an app manages its tokens, with HTTP Basic by its id and secret. */
export function mountApplications(room: Room): void {
  room.route({
    kind: 'revoke',
    methods: ['DELETE'],
    path: '/applications/:client/grant',
    handle: (call) =>
      withToken(room, call, (token) => {
        room.ledger.endGrant(room.grant(token), 'revoked_by_client');
        return gone;
      }),
  });
  room.route({
    kind: (call) => (call.method === 'DELETE' ? 'revoke' : 'api'),
    methods: ['DELETE', 'POST'],
    path: '/applications/:client/token',
    handle: (call) =>
      withToken(room, call, (token) => {
        if (call.method === 'POST') return check(room, token);
        room.ledger.end([token], 'revoked_by_client');
        return gone;
      }),
  });
}

function withToken(room: Room, call: Call, act: (token: Token) => Reply): Reply {
  if (!call.header('user-agent')) return forbidden;
  const client = owner(room, call);
  if (client === undefined) return apiError(404, 'Not Found');
  const value = call.json.access_token;
  if (typeof value !== 'string') return apiError(422, 'Validation Failed');
  try {
    const token = requireToken(room, value);
    return token.clientId === client.clientId ? act(token) : apiError(404, 'Not Found');
  } catch (error) {
    if (error instanceof Refusal) return apiError(404, 'Not Found');
    throw error;
  }
}

function owner(room: Room, call: Call): LabClient | undefined {
  const credentials = basic(call);
  const client = room.client(call.params.client);
  if (client === undefined || credentials === undefined) return undefined;
  return credentials.id === client.clientId && credentials.secret === client.clientSecret
    ? client
    : undefined;
}

function check(room: Room, token: Token): Reply {
  const person = room.person(token.user);
  return json({
    id: 1,
    token: token.value,
    scopes: token.scopes,
    app: { client_id: token.clientId, name: 'Symbolon', url: room.base() },
    user: { login: person.handle, id: Number(room.profile.subject(person, token.clientId)) },
    created_at: new Date(token.issuedAt).toISOString(),
    expires_at: null,
  });
}
