import type { Token } from '../core/ledger-types.ts';
import { Refusal } from '../core/refusal.ts';
import type { Room } from '../profile.ts';

/** Returns the valid access token with this value and one of `scopes`. */
export function requireToken(room: Room, value: string | undefined, scopes: readonly string[] = []): Token {
  if (value === undefined) throw new Refusal('token_missing');
  const token = room.ledger.token(value);
  if (token?.kind !== 'access') throw new Refusal('token_unknown');
  if (token.ended !== null) throw new Refusal('token_revoked', token.ended);
  if (!room.ledger.isLive(token)) throw new Refusal('token_expired', String(token.expiresAt));
  if (scopes.length > 0 && !scopes.some((scope) => token.scopes.includes(scope))) {
    throw new Refusal('scope', scopes.join(' '));
  }
  return token;
}

/** Ends the oldest tokens of a person and client above a limit, as some providers do silently. */
export function dropOldest(
  room: Room,
  token: Token,
  { count, perScopes }: { count: number; perScopes: boolean },
): void {
  const { ledger } = room;
  const same = ledger
    .tokensOf(token.grant)
    .filter((other) => other.kind === token.kind && ledger.isLive(other))
    .filter((other) => !perScopes || other.scopes.join() === token.scopes.join());
  ledger.end(same.slice(0, Math.max(0, same.length - count)), 'limit');
}
