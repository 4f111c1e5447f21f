import type { Connector } from '../../connectors/contract/contract.ts';
import { missingScopes } from '../../connectors/contract/scope-cover.ts';
import type { StoredSet } from '../stored-set.ts';

/**
 * After a refresh: an omitted refresh token or scope means "as before" (RFC 6749 section 6). An end that the answer
 * states counts, also of the refresh token that was held before; else that one's end stays as it was known. An end that
 * has passed was none, since the provider has just renewed.
 */
export function mergeRefreshed(held: StoredSet, refreshed: StoredSet, now: Date): StoredSet {
  const ahead = (end: Date | null) => (end && end > now ? end : null);
  const rotated = refreshed.tokens.refreshToken !== undefined && !sameRefreshToken(held, refreshed);
  return {
    tokens: {
      accessToken: refreshed.tokens.accessToken,
      refreshToken: refreshed.tokens.refreshToken ?? held.tokens.refreshToken,
      parameters: { ...held.tokens.parameters, ...refreshed.tokens.parameters },
      furtherScopes: held.tokens.furtherScopes,
      accessLifetime: refreshed.tokens.accessLifetime ?? held.tokens.accessLifetime,
    },
    scopes: refreshed.scopes.length > 0 ? refreshed.scopes : held.scopes,
    accessExpiresAt: refreshed.accessExpiresAt,
    // The same refresh token given back without a word is no new lease of life for it.
    refreshExpiresAt: capped(
      rotated || refreshed.statesRefreshEnd ? refreshed.refreshExpiresAt : ahead(held.refreshExpiresAt),
      ahead(held.absoluteCapAt),
    ),
    absoluteCapAt: ahead(held.absoluteCapAt),
  };
}

/** Whether the provider still takes what is held. */
export type GrantState = 'lives' | 'dead' | 'unknown';

/** The facts known when a set arrives where another one is held. */
export interface MergeFacts {
  readonly connector: Pick<Connector, 'scopes'>;
  /** Scopes that the connection asks every person for. */
  readonly asked: readonly string[];
  /** The person has authorized this very account again. */
  readonly replaces: boolean;
  /** Undefined: the provider has not been asked yet. */
  readonly grantState: GrantState | undefined;
  /** The held set has failed lately. */
  readonly doubted: boolean;
}

/**
 * After a sign-in: what has just been issued works, so that it takes the place of what is held, unless that is worth
 * more and lives. Returns `in question` when the provider has to be asked first.
 */
export function mergeArrived(
  held: StoredSet,
  arrived: StoredSet,
  meeting: MergeFacts,
): StoredSet | 'kept' | 'in question' {
  const { grantState, replaces, doubted } = meeting;
  if (grantState === 'dead') return arrived;
  const poorer = !replaces && isPoorer(held, arrived, meeting);
  if (poorer && grantState === 'lives') return 'kept';
  const joins = held.tokens.refreshToken !== undefined && arrived.tokens.refreshToken === undefined;
  if (grantState === undefined && (poorer || (joins && (doubted || replaces)))) return 'in question';
  const furtherScopes = furtherScopesOf(held, arrived, meeting);
  if (!joins) return { ...arrived, tokens: { ...arrived.tokens, furtherScopes } };
  // Google sends a refresh token with the first consent only: the new access token joins the old refresh token.
  return {
    ...arrived,
    tokens: { ...arrived.tokens, refreshToken: held.tokens.refreshToken, furtherScopes, joined: true },
    refreshExpiresAt: held.refreshExpiresAt,
    absoluteCapAt: held.absoluteCapAt,
  };
}

/** It has less of what the connection or an app still wants, and brings neither a new scope nor a longer life. */
function isPoorer(held: StoredSet, arrived: StoredSet, { connector, asked }: MergeFacts): boolean {
  if (missingScopes(connector, held.scopes, arrived.scopes).length > 0) return false;
  if (!renews(held) && held.accessExpiresAt && (renews(arrived) || !arrived.accessExpiresAt)) return false;
  const lost = missingScopes(connector, arrived.scopes, held.scopes);
  const { furtherScopes } = held.tokens;
  // A scope that is no longer asked for has been taken back by an admin.
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

function capped(end: Date | null, cap: Date | null): Date | null {
  return end && cap && cap < end ? cap : (end ?? cap);
}
