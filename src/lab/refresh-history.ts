import type { Token } from './core/ledger-types.ts';
import { sha256 } from './core/mint.ts';
import type { Room } from './profile.ts';

/** The refresh tokens of one sign-in, oldest first. They are named by hash, never by value. */
export interface RefreshFamily {
  readonly user: string;
  readonly family: string;
  /** True if reuse was detected and revoked all of them. */
  readonly killed: boolean;
  /** The time of that; null for a valid family, or one that ended for another reason. */
  readonly killed_at: string | null;
  readonly tokens: readonly RefreshRecord[];
}

export interface RefreshRecord {
  /** SHA-256 in base64url. */
  readonly hash: string;
  readonly issued_at: string;
  readonly live: boolean;
  /** The number of times it was presented after it had been exchanged. */
  readonly replays: number;
  /** Those of them whose answer a fault hit, so that the client may not have received it. */
  readonly replays_struck: number;
  /** The fault that hit the refresh that issued it, so that the client may not know it. */
  readonly struck_by: string | null;
}

/** Returns the history of every refresh token, so that tests can prove that none was lost. */
export function refreshHistory(room: Room): RefreshFamily[] {
  const families = Map.groupBy(
    room.ledger.records().tokens.filter(({ kind }) => kind === 'refresh'),
    ({ family }) => family,
  );
  return [...families].map(([family, tokens]) => {
    const killed = tokens.some(({ ended }) => ended === 'reused');
    const reused = tokens.flatMap(({ reusedAt }) => reusedAt ?? []);
    return {
      user: tokens[0]?.user ?? '',
      family,
      killed,
      killed_at: killed && reused.length > 0 ? new Date(Math.min(...reused)).toISOString() : null,
      tokens: tokens.map((token) => record(room, token)),
    };
  });
}

/** Returns the history in four numbers. */
export function countRefreshTokens(room: Room) {
  const families = refreshHistory(room);
  const tokens = families.flatMap((family) => family.tokens);
  return {
    issued: tokens.length,
    rotated: tokens.length - families.length,
    reused: tokens.reduce((sum, { replays }) => sum + replays, 0),
    families_killed: families.filter(({ killed }) => killed).length,
  };
}

function record({ ledger }: Room, token: Token): RefreshRecord {
  return {
    hash: sha256(token.value).toString('base64url'),
    issued_at: new Date(token.issuedAt).toISOString(),
    live: ledger.isLive(token),
    replays: token.replays ?? 0,
    replays_struck: token.struckReplays ?? 0,
    struck_by: token.struckBy ?? null,
  };
}
