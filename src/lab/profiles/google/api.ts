import type { Token } from '../../core/ledger-types.ts';
import { bearer, type Call, json, param, type Reply } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';
import { claims, mailOf } from './claims.ts';
import { calendarScope } from './scopes.ts';

export function mountGoogleApi(room: Room): void {
  const { route } = room;
  const get = ['GET'];
  route({
    kind: 'profile',
    methods: ['GET', 'POST'],
    path: ['/v1/userinfo', '/oauth2/v3/userinfo'],
    handle: (call) => userinfo(room, call),
  });
  route({
    kind: 'api',
    methods: ['GET', 'POST'],
    path: '/tokeninfo',
    handle: (call) => tokeninfo(room, call),
  });
  const path = '/calendar/v3/users/me/calendarList';
  route({ kind: 'api', methods: get, path, handle: (call) => calendars(room, call) });
}

function userinfo(room: Room, call: Call): Reply {
  const token = requireToken(room, bearer(call) ?? param(call, 'access_token'), ['openid']);
  const person = room.person(token.user);
  const other = call.fault === 'userinfo_other_sub';
  const sub = other ? '999999999999999999999' : subject(room, token);
  return json({ sub, ...claims(room, person, token) });
}

function tokeninfo(room: Room, call: Call): Reply {
  const token = requireToken(room, param(call, 'access_token'));
  const left = Math.round(((token.expiresAt ?? 0) - room.ledger.now()) / 1000);
  return json({
    azp: token.clientId,
    aud: token.clientId,
    sub: subject(room, token),
    scope: token.scopes.join(' '),
    exp: String(Math.floor((token.expiresAt ?? 0) / 1000)),
    expires_in: String(left),
    access_type: room.grant(token).offline ? 'offline' : 'online',
  });
}

/** Mounts an API that requires a scope beyond sign-in. */
function calendars(room: Room, call: Call): Reply {
  const token = requireToken(room, bearer(call), [calendarScope]);
  const id = mailOf(room.person(token.user));
  const item = { kind: 'calendar#calendarListEntry', id, summary: id, primary: true, accessRole: 'owner' };
  return json({ kind: 'calendar#calendarList', items: [item] });
}

function subject(room: Room, token: Token): string {
  return room.profile.subject(room.person(token.user), token.clientId);
}
