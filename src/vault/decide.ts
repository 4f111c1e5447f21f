import type { DeadReason } from '../connectors/failures.ts';
import type { RefreshTraits } from '../connectors/refresh-traits.ts';
import { seconds } from '../kit/clock.ts';
import type { Entry } from './entry.ts';

/** What is asked of a token. */
export interface Wish {
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
  { wish, now }: { wish: Wish; now: Date },
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
  const { refreshedSince } = wish;
  const { unverified } = entry;
  const forced =
    refreshedSince !== undefined && !(entry.lastRefreshedAt && entry.lastRefreshedAt >= refreshedSince);

  const enough = left >= wish.minTtl && !isDueAhead(traits, left, refreshed);
  if (!forced && !unverified && enough) return { kind: 'serve' };
  const end = unrefreshable(entry, traits, { alive, now });
  if (end && !alive) return { kind: 'dead', reason: end, since: entry.accessExpiresAt ?? now, noted: false };
  if (end && !unverified) return { kind: 'serve' };
  if (forced && refreshed < forcedInterval) {
    return { kind: 'wait', until: new Date(now.getTime() + forcedInterval - refreshed), because: 'too soon' };
  }
  const servable = alive && !forced && !unverified;
  if (servable && refreshed < longWishInterval) return { kind: 'serve' };
  if (entry.retryAt && entry.retryAt > now) {
    return servable ? { kind: 'serve' } : { kind: 'wait', until: entry.retryAt, because: 'provider' };
  }
  return { kind: end ? 'verify' : 'refresh' };
}

/** Whether there is nothing left of it, or soon will not be: the provider need not be asked. */
export function hasEnded(entry: Entry, traits: RefreshTraits, now: Date): boolean {
  if (entry.state !== 'active') return true;
  const alive = !entry.accessExpiresAt || entry.accessExpiresAt > now;
  const end = unrefreshable(entry, traits, { alive, now });
  return end === 'expired' || (end !== undefined && !alive);
}

// A token that can only be traded while it lives is traded long before its end; once a day is enough.
function isDueAhead({ ahead }: RefreshTraits, left: number, refreshed: number): boolean {
  return ahead !== undefined && left < seconds(ahead) && refreshed > seconds(86_400);
}

function unrefreshable(
  entry: Entry,
  traits: RefreshTraits,
  { alive, now }: { alive: boolean; now: Date },
): DeadReason | undefined {
  if (!entry.refreshable) return 'not_refreshable';
  if (traits.how === 'exchange-live-token') return alive ? undefined : 'expired';
  const ends = [entry.refreshExpiresAt, entry.absoluteCapAt].filter((end) => end !== null);
  return ends.some((end) => end <= now) ? 'expired' : undefined;
}
