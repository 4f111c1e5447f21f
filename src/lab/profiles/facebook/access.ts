import { createHmac } from 'node:crypto';
import type { LabClient } from '../../core/client.ts';
import type { Token } from '../../core/ledger-types.ts';
import { Refusal } from '../../core/refusal.ts';
import { bearer, type Call, param } from '../../core/wire.ts';
import { requireToken } from '../../engines/require-token.ts';
import type { Room } from '../../profile.ts';

/** The user token of a Graph call; a proof is checked whenever one is sent. */
export function userToken(room: Room, call: Call): Token {
  const token = requireToken(room, accessToken(call));
  checkProof(room, call, token.clientId);
  return token;
}

/** `{app id}|{app secret}` stands for the app itself. */
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
