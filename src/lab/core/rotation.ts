import type { Room } from '../profile.ts';
import type { LabClient } from './client.ts';
import type { Token } from './ledger-types.ts';
import { Refusal } from './refusal.ts';

/** Returns the valid refresh token with this value. A replayed one may revoke the whole family. */
export function findRefresh(room: Room, { value, fault }: Presented, client: LabClient): Token {
  if (value === undefined) throw new Refusal('missing', 'refresh_token');
  const token = room.ledger.token(value);
  if (token?.kind !== 'refresh' || token.clientId !== client.clientId) throw new Refusal('refresh_unknown');
  if (token.ended === 'rotated') {
    token.replays = (token.replays ?? 0) + 1;
    token.reusedAt ??= room.ledger.now();
    if (fault !== null) token.struckReplays = (token.struckReplays ?? 0) + 1;
    if (room.rotation() === 'reuse-kills-family') room.ledger.end(room.ledger.family(token), 'reused');
  }
  if (token.ended !== null) throw new Refusal('refresh_revoked', token.ended);
  if (!room.ledger.isLive(token)) throw new Refusal('refresh_expired');
  return token;
}

interface Presented {
  readonly value: string | undefined;
  /** The fault of the call. */
  readonly fault: string | null;
}

/** Returns the refresh token that is valid after the refresh: the same one, or its successor. */
export function succeed(room: Room, token: Token, { expiresAt, fault }: Succession): Token {
  // RFC 6749 section 6: without a new refresh token in the answer, the old one stays valid.
  if (room.rotation() === 'static' || fault === 'omit_refresh_token') return token;
  if (room.rotation() !== 'overlapping') room.ledger.end([token], 'rotated');
  const { kind, scopes, family } = token;
  const next = room.ledger.issue({ kind, scopes, family, expiresAt, grant: room.grant(token) });
  if (fault !== null) next.struckBy = fault;
  return next;
}

interface Succession {
  readonly expiresAt: number | null;
  readonly fault: string | null;
}
