import type { Token } from '../../core/ledger-types.ts';
import type { Person } from '../../core/people.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Call, json, param, type Reply } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { accessToken, appOf, userToken } from './access.ts';
import { graphError } from './dialect.ts';
import { versioned } from './versions.ts';

const ninetyDays = 90 * 86400;

export function mountGraph(room: Room): void {
  const methods = ['GET'];
  const { route } = room;
  route(versioned({ kind: 'profile', methods, path: '/me', handle: (call) => me(room, call) }));
  route(versioned({ kind: 'api', methods, path: '/debug_token', handle: (call) => debugToken(room, call) }));
}

function me(room: Room, call: Call): Reply {
  const token = userToken(room, call);
  const all = nodeFields(room, room.person(token.user), token);
  const asked = (param(call, 'fields') ?? 'id,name').split(',').map((field) => field.replace(/[.{(].*$/, ''));
  const unknown = asked.find((field) => !(field in all));
  if (unknown !== undefined) {
    return graphError([
      100,
      null,
      `(#100) Tried accessing nonexisting field (${unknown}) on node type (User)`,
    ]);
  }
  // The id is always included; fields without a value are omitted.
  return json(Object.fromEntries(['id', ...asked].map((field) => [field, all[field]])));
}

function nodeFields(room: Room, person: Person, token: Token): Record<string, unknown> {
  const picture = { height: 50, is_silhouette: false, url: room.picture(person), width: 50 };
  return {
    id: room.profile.subject(person, token.clientId),
    name: person.name,
    first_name: person.givenName,
    last_name: person.familyName || undefined,
    middle_name: undefined,
    name_format: '{first} {last}',
    short_name: person.givenName,
    // Graph does not say whether the address was confirmed.
    email: token.scopes.includes('email') ? (person.email ?? undefined) : undefined,
    picture: { data: picture },
    link: undefined,
    birthday: undefined,
    gender: undefined,
    locale: undefined,
  };
}

function debugToken(room: Room, call: Call): Reply {
  const input = param(call, 'input_token');
  if (input === undefined) throw new Refusal('missing', 'input_token');
  const caller = accessToken(call);
  const appId = appOf(room, caller)?.clientId ?? requireToken(room, caller).clientId;
  const token = room.ledger.token(input);
  if (token?.kind !== 'access' || token.clientId !== appId) {
    const error = { code: 190, message: 'Invalid OAuth access token.' };
    return json({ data: { error, is_valid: false, scopes: [] } });
  }
  return json({ data: describe(room, token) });
}

function describe(room: Room, token: Token): Record<string, unknown> {
  const grant = room.grant(token);
  return {
    app_id: token.clientId,
    type: 'USER',
    application: 'Symbolon',
    expires_at: epoch(token.expiresAt ?? 0),
    data_access_expires_at: epoch(grant.approvedAt) + ninetyDays,
    is_valid: room.ledger.isLive(token),
    issued_at: epoch(token.issuedAt),
    scopes: token.scopes,
    granular_scopes: [],
    user_id: room.profile.subject(room.person(token.user), token.clientId),
  };
}

function epoch(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
