import type { EndReason, Token } from '../core/ledger-types.ts';
import { Refusal } from '../core/refusal.ts';
import { type Call, param, type Reply } from '../core/wire.ts';
import type { Room } from '../profile.ts';
import { authenticate, type ClientAuth } from './client-auth.ts';

export interface RevocationRules {
  readonly path: string;
  readonly clientAuth: readonly ClientAuth[];
  /** How much goes with the token: only itself, its sign-in, or all that this person gave this client. */
  readonly reach: 'token' | 'family' | 'grant';
  /** The call as RFC 7009 would have it, where the provider has conditions of its own. @throws Refusal */
  readonly as?: (call: Call) => Call;
  /** What is said when it is done; nothing where absent. */
  readonly answer?: Reply;
}

const nothing: Reply = { status: 200, encoding: 'empty', body: '' };

/** Revocation after RFC 7009: a token nobody knows is answered like one that was just revoked. */
export function mountRevocation(room: Room, rules: RevocationRules): void {
  room.route({
    kind: 'revoke',
    methods: ['POST'],
    path: rules.path,
    // RFC 7009 section 2.1: a form, so that no token stands in an address.
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
  // An app of which nothing is left has vanished from the person's list of apps.
  if (reach === 'grant' || !ledger.tokensOf(token.grant).some(ledger.isLive))
    ledger.endGrant(room.grant(token), reason);
}
