import { createHmac } from 'node:crypto';
import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { bearer, type Call, param } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';

/** Returns the user token of a Graph call, and checks a proof if one is sent. */
export function userToken(room: Room, call: Call): Token {
  const token = requireToken(room, accessToken(call));
  checkProof(room, call, token.clientId);
  return token;
}

/** Returns the app whose own token this is: `{app id}|{app secret}`. */
export function appOf(room: Room, value: string | undefined): LabClient | undefined {
  const [id, secret] = value?.split('|') ?? [];
  const client = room.client(id);
  return client !== undefined && secret === client.clientSecret ? client : undefined;
}

export function accessToken(call: Call): string | undefined {
  return param(call, 'access_token') ?? bearer(call);
}

function checkProof(room: Room, call: Call, appId: string): void {
  const proof = param(call, 'appsecret_proof');
  if (proof === undefined) return;
  const expected = createHmac('sha256', room.client(appId)?.clientSecret ?? '')
    .update(accessToken(call) ?? '')
    .digest('hex');
  if (proof !== expected) throw new Refusal('proof');
}
