import type { EndReason, Token } from '../core/ledger-types.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, param, type Reply } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import { authenticate, type ClientAuth } from './client-auth.ts';

export interface RevocationRules {
  readonly path: string;
  readonly clientAuth: readonly ClientAuth[];
  /** The extent of a revocation: the token, its sign-in, or the person's whole grant to this client. */
  readonly reach: 'token' | 'family' | 'grant';
  /** Returns the call in the form of RFC 7009, for providers with other conditions. @throws Refusal */
  readonly as?: (call: Call) => Call;
  /** The answer on success; empty where absent. */
  readonly answer?: Reply;
}

const nothing: Reply = { status: 200, encoding: 'empty', body: '' };

/** Mounts revocation by RFC 7009. The answer for an unknown token is that for a revoked one. */
export function mountRevocation(room: Room, rules: RevocationRules): void {
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: rules.path,
    // RFC 7009 section 2.1: a form, so that no token is in a URL.
    handle: (call) => revoke(room, rules, { ...(rules.as?.(call) ?? call), query: new URLSearchParams() }),
  });
}

function revoke(room: Room, { clientAuth, reach, answer }: RevocationRules, call: Call): Reply {
  const client = authenticate(room, call, clientAuth);
  const value = param(call, 'token');
  if (value === undefined) throw new Refusal('missing', 'token');
  const token = room.ledger.token(value);
  if (token?.clientId === client.clientId) end(room, token, reach);
  return answer ?? nothing;
}

function end(room: Room, token: Token, reach: RevocationRules['reach']): void {
  const reason: EndReason = 'revoked_by_client';
  const { ledger } = room;
  if (reach === 'token') ledger.end([token], reason);
  if (reach === 'family') ledger.end(ledger.family(token), reason);
  // A client without tokens is removed from the person's list of apps.
  if (reach === 'grant' || !ledger.tokensOf(token.grant).some(ledger.isLive))
    ledger.endGrant(room.grant(token), reason);
}
