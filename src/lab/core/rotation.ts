import type { Room } from '../profile.ts';
import type { LabClient } from './client.ts';
import type { Token } from './ledger-types.ts';
import { Refusal } from './refusal.ts';

/** The live refresh token behind `value`; a replayed one may cost the whole family. */
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
  /** The fault that strikes the call. */
  readonly fault: string | null;
}

/** The refresh token that is valid from now on: the same one, or its successor. */
export function succeed(room: Room, token: Token, { expiresAt, fault }: Succession): Token {
  // RFC 6749 section 6: a provider that sends no new refresh token has not rotated.
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
