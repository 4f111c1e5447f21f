import type { DeadReason } from '../../connectors/contract/failures.ts';
import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import { days, seconds } from '../../kit/clock.ts';
import type { Connection } from '../../login/connections.ts';
import type { Entry } from '../entry.ts';
import { isPastEnd } from './verdict.ts';

/** This long before an end that no refresh moves, an entry is said to expire. */
export const endNotice = days(5);

/** What is asked of a token. */
export interface TokenNeeds {
  /** Milliseconds it shall live at least. */
  readonly minTtl: number;
  /** Set: a token refreshed after this moment, however fresh the stored one is. */
  readonly refreshedSince: Date | undefined;
  /** No wider than these scopes, where the provider can narrow a token; absent: as it was granted. */
  readonly within?: readonly string[] | undefined;
}

export type Decision =
  | { readonly kind: 'serve' }
  | { readonly kind: 'refresh' }
  /** It cannot be refreshed, and nobody knows whether the provider still takes it. */
  | { readonly kind: 'verify' }
  /** The connection has another client id now, and the provider is not asked in its name. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'dead'; readonly reason: DeadReason; readonly since: Date; readonly noted: boolean }
  | { readonly kind: 'wait'; readonly until: Date; readonly because: 'too soon' | 'provider' };

/** A forced refresh is not repeated sooner. */
export const forcedInterval = seconds(10);
/** A wish for a longer life than fresh tokens have is granted the freshest one, refreshed at most this often. */
const longWishInterval = seconds(30);

/** What to do with an entry, from what is known about it alone. */
export function decide(
  entry: Entry,
  traits: RefreshTraits,
  { needs, now, clientId }: { needs: TokenNeeds; now: Date; clientId: string },
): Decision {
  if (entry.state !== 'active') {
    return { kind: 'dead', reason: entry.stateReason ?? 'rejected', since: entry.stateSince, noted: true };
  }
  const left = entry.accessExpiresAt
    ? entry.accessExpiresAt.getTime() - now.getTime()
    : Number.POSITIVE_INFINITY;
  const alive = left > 0;
  const refreshed = entry.lastRefreshedAt
    ? now.getTime() - entry.lastRefreshedAt.getTime()
    : Number.POSITIVE_INFINITY;
  const { refreshedSince } = needs;
  const { unverified } = entry;
  const forced =
    refreshedSince !== undefined && !(entry.lastRefreshedAt && entry.lastRefreshedAt >= refreshedSince);

  const enough = left >= needs.minTtl && !isDueAhead(traits, left, refreshed);
  if (!forced && !unverified && enough) return { kind: 'serve' };
  if (isOtherClients(entry, clientId))
    return alive && !forced && !unverified ? { kind: 'serve' } : { kind: 'foreign' };
  const final = !entry.refreshable;
  if (final && !alive) {
    return { kind: 'dead', reason: 'not_refreshable', since: entry.accessExpiresAt ?? now, noted: false };
  }
  if (final && !unverified) return { kind: 'serve' };
  if (forced && refreshed < forcedInterval) {
    return { kind: 'wait', until: new Date(now.getTime() + forcedInterval - refreshed), because: 'too soon' };
  }
  const servable = alive && !forced && !unverified;
  // The rest of its life is not staked on a refresh that will most likely be refused.
  if (servable && isPastEnd(entry, traits, now)) return { kind: 'serve' };
  if (servable && refreshed < longWishInterval) return { kind: 'serve' };
  if (entry.retryAt && entry.retryAt > now) {
    return servable ? { kind: 'serve' } : { kind: 'wait', until: entry.retryAt, because: 'provider' };
  }
  return { kind: final ? 'verify' : 'refresh' };
}

/** Whether there is nothing left of it, or soon will not be: the provider need not be asked. */
export function hasEnded(
  entry: Entry,
  { connector, registration }: Pick<Connection, 'connector' | 'registration'>,
  now: Date,
): boolean {
  // A token that another client was given is of no use to this one.
  if (entry.state !== 'active' || isOtherClients(entry, registration.clientId)) return true;
  if (isPastEnd(entry, connector.refresh, now)) return true;
  return !entry.refreshable && entry.accessExpiresAt !== null && entry.accessExpiresAt <= now;
}

// A token that can only be traded while it lives is traded long before its end; once a day is enough.
function isDueAhead({ ahead }: RefreshTraits, left: number, refreshed: number): boolean {
  return ahead !== undefined && left < seconds(ahead) && refreshed > seconds(86_400);
}

/** The tokens were issued to another client than the connection's present one (RFC 6749 sections 5.2 and 6). */
export function isOtherClients({ clientId }: Pick<Entry, 'clientId'>, present: string): boolean {
  return clientId !== null && clientId !== present;
}
