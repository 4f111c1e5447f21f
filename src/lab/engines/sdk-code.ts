import { random } from '../core/mint.ts';
import { json, param } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import { need, needClient } from './grants.ts';

/**
 * The code that the provider's SDK would give an app on somebody's phone, without any page: the lab's own address,
 * `/lab/sdk/code?client_id=&lab_user=`.
 */
export function mountSdkCode(room: Room, { codeSeconds }: { readonly codeSeconds: number }): void {
  room.route({
    kind: 'authorize',
    methods: ['GET'],
    path: '/lab/sdk/code',
    handle: (call) => {
      const { clientId } = needClient(room, { id: need(call, 'client_id') });
      const { id: user } = room.person(param(call, 'lab_user') ?? room.people[0]?.id ?? '');
      const granted = { user, clientId, scopes: [], offline: false };
      const { id: grant } = room.ledger.approve({ ...granted, declined: [] });
      const expiresAt = room.ledger.now() + codeSeconds * 1000;
      const unbound = { redirectUri: '', challenge: null, nonce: null, family: random(22) };
      const { value } = room.ledger.writeCode({ ...granted, ...unbound, grant, expiresAt });
      return json({ code: value });
    },
  });
}
