import type { LabClient } from '../core/client.ts';
import { Refusal } from '../core/refusal.ts';
import { basic, type Call, param } from '../core/wire.ts';
import type { Room } from '../profile.ts';

export type ClientAuth = 'basic' | 'post';

/** Authenticates the client of this call by one of the provider's methods. */
export function authenticate(room: Room, call: Call, methods: readonly ClientAuth[]): LabClient {
  const header = basic(call);
  const posted = { id: param(call, 'client_id'), secret: param(call, 'client_secret') };
  if (header !== undefined && posted.secret !== undefined)
    throw new Refusal('request', 'two client authentications');
  const method = header === undefined ? 'post' : 'basic';
  if (!methods.includes(method)) throw new Refusal('client_secret', `${method} is not accepted here`);
  return authenticated(room, header ?? posted);
}

/** Checks an id and secret from any place in the request. */
function authenticated(
  room: Room,
  { id, secret }: { id: string | undefined; secret: string | undefined },
): LabClient {
  if (id === undefined) throw new Refusal('missing', 'client_id');
  const client = room.client(id);
  if (client === undefined) throw new Refusal('client_unknown', id);
  if (secret === undefined) throw new Refusal('missing', 'client_secret');
  const { secretFits = isSame } = room.profile;
  if (!secretFits(secret, client, room)) throw new Refusal('client_secret');
  return client;
}

function isSame(secret: string, { clientSecret }: LabClient): boolean {
  return secret === clientSecret;
}
