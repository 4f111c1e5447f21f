import type { Holding } from './holding.ts';

/**
 * After a refresh: an omitted refresh token or scope means "as before" (RFC 6749 section 6), and an end that
 * refreshing does not move stays.
 */
export function mergeRefreshed(held: Holding, refreshed: Holding): Holding {
  const rotated = refreshed.tokens.refreshToken !== undefined && !sameRefreshToken(held, refreshed);
  return {
    tokens: {
      accessToken: refreshed.tokens.accessToken,
      refreshToken: refreshed.tokens.refreshToken ?? held.tokens.refreshToken,
      parameters: { ...held.tokens.parameters, ...refreshed.tokens.parameters },
    },
    scopes: refreshed.scopes.length > 0 ? refreshed.scopes : held.scopes,
    accessExpiresAt: refreshed.accessExpiresAt,
    // The same refresh token given back is no new lease of life for it.
    refreshExpiresAt: capped(
      rotated ? refreshed.refreshExpiresAt : held.refreshExpiresAt,
      held.absoluteCapAt,
    ),
    absoluteCapAt: held.absoluteCapAt,
  };
}

/**
 * After a sign-in: a grant is never exchanged for a poorer one. Answers undefined when what is held stays as it is.
 */
export function mergeDeposited(held: Holding, arrived: Holding, now: Date): Holding | undefined {
  const works = held.tokens.refreshToken !== undefined || !held.accessExpiresAt || held.accessExpiresAt > now;
  if (!works) return arrived;
  const narrower = held.scopes.some((scope) => !arrived.scopes.includes(scope));
  if (narrower) return undefined;
  if (arrived.tokens.refreshToken || !held.tokens.refreshToken) return arrived;
  // Google sends a refresh token with the first consent only: the new access token joins the old refresh token.
  return {
    ...arrived,
    tokens: { ...arrived.tokens, refreshToken: held.tokens.refreshToken },
    refreshExpiresAt: held.refreshExpiresAt,
    absoluteCapAt: held.absoluteCapAt,
  };
}

export function sameRefreshToken(one: Holding, other: Holding): boolean {
  const { refreshToken } = one.tokens;
  const candidate = other.tokens.refreshToken;
  if (!refreshToken || !candidate) return refreshToken === candidate;
  return refreshToken.equals(candidate.reveal());
}

function capped(end: Date | null, cap: Date | null): Date | null {
  return end && cap && cap < end ? cap : (end ?? cap);
}
