import type { DeadReason } from '../../connectors/contract/failures.ts';
import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import { seconds } from '../../kit/clock.ts';
import type { Connection } from '../../login/connections.ts';
import { isAsked } from '../asked.ts';
import type { Entry } from '../entry.ts';
import { isPastEnd } from './verdict.ts';

/** The requirements of a caller. */
export interface TokenNeeds {
  /** The least remaining lifetime in milliseconds. */
  readonly minTtl: number;
  /** Set: the token must have been refreshed after this time, however fresh the stored one is. */
  readonly refreshedSince: Date | undefined;
  /** The widest scopes, where the provider can narrow a token; absent: as it was granted. */
  readonly within?: readonly string[] | undefined;
  /** The caller compares the scopes of the token, so the provider is asked about unknown ones. */
  readonly statedScopes?: boolean;
}

/** Returns whether the provider is asked about unknown scopes: for the caller, or to narrow the token. */
export function needsScopes(
  { statedScopes = false, within }: TokenNeeds,
  { narrows }: RefreshTraits,
): boolean {
  return statedScopes || (within !== undefined && narrows !== undefined);
}

export type Decision =
  /** The stored token meets the needs, or no better one can be had now. */
  | { readonly kind: 'serve' }
  | { readonly kind: 'refresh' }
  /** The token cannot be refreshed, and it is unknown whether the provider still accepts it. */
  | { readonly kind: 'verify' }
  /** The tokens were issued to an earlier client id of the connection, so the provider is not asked about them. */
  | { readonly kind: 'other client' }
  /** `noted`: the entry already says so. */
  | { readonly kind: 'dead'; readonly reason: DeadReason; readonly since: Date; readonly noted: boolean }
  /** `too soon`: after the last forced refresh. `provider`: after a failure (`retryAt`). */
  | { readonly kind: 'wait'; readonly until: Date; readonly because: 'too soon' | 'provider' };

/** Milliseconds between two forced refreshes of an entry. A caller forces one by `refreshedSince`. */
export const forcedInterval = seconds(10);
/**
 * Milliseconds. A caller that needs more than the whole lifetime of a token gets the newest one, refreshed at most this
 * often.
 */
const longWishInterval = seconds(30);

/** Returns the next step for an entry, judged by the entry alone. `clientId`: the connection's present client. */
export function decide(
  entry: Entry,
  traits: RefreshTraits,
  { needs, now, clientId }: { needs: TokenNeeds; now: Date; clientId: string },
): Decision {
  if (entry.state !== 'active') {
    return { kind: 'dead', reason: entry.stateReason ?? 'rejected', since: entry.stateSince, noted: true };
  }
  // Both in milliseconds; infinite without a stated end, or if the set was never refreshed.
  const timeLeft = entry.accessExpiresAt
    ? entry.accessExpiresAt.getTime() - now.getTime()
    : Number.POSITIVE_INFINITY;
  const alive = timeLeft > 0;
  const sinceRefresh = entry.lastRefreshedAt
    ? now.getTime() - entry.lastRefreshedAt.getTime()
    : Number.POSITIVE_INFINITY;
  const { refreshedSince } = needs;
  const { unverified } = entry;
  const forced =
    refreshedSince !== undefined && !(entry.lastRefreshedAt && entry.lastRefreshedAt >= refreshedSince);

  const unstated = needsScopes(needs, traits) && awaitsScopes(entry);
  const enough = timeLeft >= needs.minTtl && !unstated && !isDueAhead(traits, timeLeft, sinceRefresh);
  if (!forced && !unverified && enough) return { kind: 'serve' };
  if (isOtherClients(entry, clientId))
    return alive && !forced && !unverified ? { kind: 'serve' } : { kind: 'other client' };
  const cannotRefresh = !entry.refreshable;
  if (cannotRefresh && !alive) {
    return { kind: 'dead', reason: 'not_refreshable', since: entry.accessExpiresAt ?? now, noted: false };
  }
  if (cannotRefresh && !unverified) return { kind: 'serve' };
  if (forced && sinceRefresh < forcedInterval) {
    return {
      kind: 'wait',
      until: new Date(now.getTime() + forcedInterval - sinceRefresh),
      because: 'too soon',
    };
  }
  // The caller did not require a newer token, so this one serves where a refresh is not possible or not wise now.
  const servable = alive && !forced && !unverified;
  // A refresh past its end will most likely be refused, so the token serves as long as it is valid.
  if (servable && isPastEnd(entry, traits, now)) return { kind: 'serve' };
  if (servable && sinceRefresh < longWishInterval) return { kind: 'serve' };
  if (entry.retryAt && entry.retryAt > now) {
    return servable ? { kind: 'serve' } : { kind: 'wait', until: entry.retryAt, because: 'provider' };
  }
  // Only an unverified token of an entry that cannot be refreshed comes here with `cannotRefresh`.
  return { kind: cannotRefresh ? 'verify' : 'refresh' };
}

/**
 * Returns whether the scopes are unknown and the next refresh may state them. A set without scopes that was refreshed since
 * its arrival has a provider that does not state them.
 */
export function awaitsScopes({ grantedScopes, refreshable, lastRefreshedAt, depositedAt }: Entry): boolean {
  if (grantedScopes.length > 0 || !refreshable) return false;
  return lastRefreshedAt === null || lastRefreshedAt < depositedAt;
}

/** The columns that say whether a set is of use. */
export type EntryEnds = Pick<
  Entry,
  | 'state'
  | 'stateReason'
  | 'clientId'
  | 'refreshable'
  | 'accessExpiresAt'
  | 'refreshExpiresAt'
  | 'absoluteCapAt'
>;

/** Returns whether the stored set is of no use any more, so that the provider need not be asked about it. */
export function hasEnded(
  entry: EntryEnds,
  { connector, registration }: Pick<Connection, 'connector' | 'registration'>,
  now: Date,
): boolean {
  // The connection's present client cannot use a token that was issued to another client.
  const lives = entry.state === 'active' || isAsked(entry);
  if (!lives || isOtherClients(entry, registration.clientId)) return true;
  if (isPastEnd(entry, connector.refresh, now)) return true;
  return !entry.refreshable && entry.accessExpiresAt !== null && entry.accessExpiresAt <= now;
}

// A token that can only be exchanged while it is valid is exchanged long before its end, at most once a day.
function isDueAhead({ ahead }: RefreshTraits, timeLeft: number, sinceRefresh: number): boolean {
  return ahead !== undefined && timeLeft < seconds(ahead) && sinceRefresh > seconds(86_400);
}

/**
 * Returns whether the tokens were issued to another client than the connection's present one (RFC 6749 sections 5.2,
 * 6).
 */
export function isOtherClients({ clientId }: Pick<Entry, 'clientId'>, present: string): boolean {
  return clientId !== null && clientId !== present;
}
