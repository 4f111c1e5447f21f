import type { Grant } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import type { Room } from '../../profile.ts';
import { accessToken, appOf, userToken } from './access.ts';
import { versioned } from './versions.ts';

export function mountPermissions(room: Room): void {
  room.route(
    versioned({
      kind: (call) => (call.method === 'DELETE' ? 'revoke' : 'api'),
      methods: ['GET', 'DELETE'],
      path: '/:user/permissions',
      handle: (call) => (call.method === 'DELETE' ? deauthorize(room, call) : list(grantFor(room, call))),
    }),
  );
  room.route(
    versioned({
      kind: 'revoke',
      methods: ['DELETE'],
      path: '/:user/permissions/:permission',
      handle: (call) => decline(room, call),
    }),
  );
}

function deauthorize(room: Room, call: Call): Reply {
  room.ledger.endGrant(grantFor(room, call), 'removed_by_user');
  return json({ success: true });
}

function decline(room: Room, call: Call): Reply {
  const grant = grantFor(room, call);
  const permission = call.params.permission ?? '';
  grant.scopes = grant.scopes.filter((scope) => scope !== permission);
  grant.declined = [...new Set([...grant.declined, permission])];
  for (const token of room.ledger.tokensOf(grant.id)) {
    token.scopes = token.scopes.filter((scope) => scope !== permission);
  }
  room.ledger.touch();
  return json({ success: true });
}

function list(grant: Grant): Reply {
  const granted = grant.scopes.map((permission) => ({ permission, status: 'granted' }));
  const declined = grant.declined.map((permission) => ({ permission, status: 'declined' }));
  return json({ data: [...granted, ...declined] });
}

/** Returns the grant, by the person's token, or by the app's own with the person's app-scoped id. */
function grantFor(room: Room, call: Call): Grant {
  const user = call.params.user ?? '';
  const app = appOf(room, accessToken(call));
  if (app !== undefined) {
    const grant = room.ledger
      .liveGrants()
      .filter(({ clientId }) => clientId === app.clientId)
      .find((one) => room.profile.subject(room.person(one.user), app.clientId) === user);
    if (grant === undefined)
      throw new Refusal('request', `Unsupported request. Object with ID '${user}' does not exist`);
    return grant;
  }
  const token = userToken(room, call);
  const own = room.profile.subject(room.person(token.user), token.clientId);
  if (user !== 'me' && user !== own) throw new Refusal('subject_mismatch');
  return room.grant(token);
}
