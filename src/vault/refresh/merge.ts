import type { Connector } from '../../connectors/contract/contract.ts';
import { missingScopes } from '../../connectors/contract/scope-cover.ts';
import type { StoredSet } from '../stored-set.ts';

/**
 * Merges the answer to a refresh over the stored set (`held`). An omitted refresh token or scope means "as before" (RFC 6749 section
 * 6). A stated end of the refresh token counts, also for the stored one; else its known end stays. An end that has
 * passed was wrong, since the provider has just refreshed.
 */
export function mergeRefreshed(held: StoredSet, refreshed: StoredSet, now: Date): StoredSet {
  const ifFuture = (end: Date | null) => (end && end > now ? end : null);
  const rotated = refreshed.tokens.refreshToken !== undefined && !sameRefreshToken(held, refreshed);
  return {
    tokens: {
      accessToken: refreshed.tokens.accessToken,
      refreshToken: refreshed.tokens.refreshToken ?? held.tokens.refreshToken,
      parameters: { ...held.tokens.parameters, ...refreshed.tokens.parameters },
      furtherScopes: held.tokens.furtherScopes,
      accessLifetime: refreshed.tokens.accessLifetime ?? held.tokens.accessLifetime,
      origins: held.tokens.origins,
    },
    // "As before" is the grant of the refresh token, which may be another than that of a joined access token.
    scopes: refreshed.scopes.length > 0 ? refreshed.scopes : (held.tokens.refreshScopes ?? held.scopes),
    accessExpiresAt: refreshed.accessExpiresAt,
    // The same refresh token without a stated end does not move its end.
    refreshExpiresAt: capped(
      rotated || refreshed.statesRefreshEnd ? refreshed.refreshExpiresAt : ifFuture(held.refreshExpiresAt),
      ifFuture(held.absoluteCapAt),
    ),
    absoluteCapAt: ifFuture(held.absoluteCapAt),
  };
}

/** Whether the provider still accepts the stored set. */
export type GrantState = 'alive' | 'dead' | 'unknown';

/** The facts that decide how a new set and the stored one are merged. */
export interface MergeFacts {
  readonly connector: Pick<Connector, 'scopes'>;
  /** Scopes that the connection asks every person for. */
  readonly asked: readonly string[];
  /** Whether the person authorized this very account again. */
  readonly replaces: boolean;
  /** Undefined: the provider has not been asked yet. */
  readonly grantState: GrantState | undefined;
  /** Whether the stored set has failed since its last save, or was restored from a backup. */
  readonly doubted: boolean;
}

/**
 * Merges a new set (`arrived`) over the stored one (`held`). A set that was just issued works, so it replaces the stored one unless that one is
 * worth more and alive. Returns `ask first` if the provider has to be asked about the stored set first.
 */
export function mergeArrived(
  held: StoredSet,
  arrived: StoredSet,
  facts: MergeFacts,
): StoredSet | 'kept' | 'ask first' {
  const { grantState, replaces, doubted } = facts;
  if (grantState === 'dead') return arrived;
  const poorer = !replaces && isPoorer(held, arrived, facts);
  if (poorer && grantState === 'alive') return 'kept';
  // The old refresh token can serve with the new access token.
  const joins = held.tokens.refreshToken !== undefined && arrived.tokens.refreshToken === undefined;
  if (grantState === undefined && (poorer || (joins && (doubted || replaces)))) return 'ask first';
  const furtherScopes = furtherScopesOf(held, arrived, facts);
  if (!joins) return { ...arrived, tokens: { ...arrived.tokens, furtherScopes } };
  // Google sends a refresh token with the first consent only: the new access token joins the old refresh token.
  const { refreshToken, origins: former, imported } = held.tokens;
  // A joined set goes only where both authorizations allow it.
  const origins = arrived.tokens.origins?.filter((origin) => former?.includes(origin) ?? true);
  return {
    ...arrived,
    tokens: {
      ...arrived.tokens,
      ...{ refreshToken, furtherScopes, joined: true, origins },
      refreshScopes: held.tokens.refreshScopes ?? held.scopes,
      ...{ imported, importedAccess: arrived.tokens.imported },
    },
    refreshExpiresAt: held.refreshExpiresAt,
    absoluteCapAt: held.absoluteCapAt,
  };
}

/**
 * Returns whether the new set lacks a wanted scope and has neither a new scope nor a longer life. A set with a refresh
 * token outlives one without, and an access token without an end one with an end.
 */
function isPoorer(held: StoredSet, arrived: StoredSet, { connector, asked }: MergeFacts): boolean {
  if (missingScopes(connector, held.scopes, arrived.scopes).length > 0) return false;
  if (!renews(held) && held.accessExpiresAt && (renews(arrived) || !arrived.accessExpiresAt)) return false;
  const lost = missingScopes(connector, arrived.scopes, held.scopes);
  const { furtherScopes } = held.tokens;
  // A scope that the connection no longer requests was removed by an admin.
  const wanted = furtherScopes ? [...asked, ...furtherScopes] : lost;
  return lost.length > missingScopes(connector, wanted, lost).length;
}

function renews({ tokens }: StoredSet): boolean {
  return tokens.refreshToken !== undefined;
}

function furtherScopesOf(held: StoredSet, arrived: StoredSet, { connector }: MergeFacts): readonly string[] {
  const all = new Set([...(held.tokens.furtherScopes ?? []), ...(arrived.tokens.furtherScopes ?? [])]);
  const lost = missingScopes(connector, arrived.scopes, [...all]);
  return [...all].filter((scope) => !lost.includes(scope));
}

export function sameRefreshToken(one: StoredSet, other: StoredSet): boolean {
  const { refreshToken } = one.tokens;
  const candidate = other.tokens.refreshToken;
  if (!refreshToken || !candidate) return refreshToken === candidate;
  return refreshToken.equals(candidate.reveal());
}

/** Returns the earlier of two ends; null: no end. */
function capped(end: Date | null, cap: Date | null): Date | null {
  return end && cap && cap < end ? cap : (end ?? cap);
}
