import type { Token } from './core/ledger-types.ts';
import { sha256 } from './core/mint.ts';
import type { Room } from './profile.ts';

/** The refresh tokens that descend from one sign-in, oldest first. Named by hash, never by value. */
export interface RefreshFamily {
  readonly user: string;
  readonly family: string;
  /** Reuse was detected, and all of them died of it. */
  readonly killed: boolean;
  /** When; null for a family that lives, or died of something else. */
  readonly killed_at: string | null;
  readonly tokens: readonly RefreshRecord[];
}

export interface RefreshRecord {
  /** SHA-256 in base64url. */
  readonly hash: string;
  readonly issued_at: string;
  readonly live: boolean;
  /** How often it was presented although it had been exchanged already. */
  readonly replays: number;
  /** Those of them whose answer a fault struck, so that its client may not have got it. */
  readonly replays_struck: number;
  /** The fault that struck the refresh which issued it: its client may never have learnt of it. */
  readonly struck_by: string | null;
}

/** What became of every refresh token, for those who must prove that none was lost. */
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

/** The same in four numbers. */
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
