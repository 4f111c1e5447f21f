import type { DeadReason, UpstreamError } from '../../connectors/contract/failures.ts';
import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import { days, seconds } from '../../kit/clock.ts';
import type { Entry } from '../entry.ts';

/** A refusal that is said of living grants too counts when it is said again: once more after so long, */
export const doubtPause = seconds(2);
/** and where it speaks of something else than the grant, in another refresh after this. */
export const longDoubtPause = seconds(5);
/** Refusals in words that no rule knows end a grant after so long, and so many of them. */
const patience = days(3);
const fewestRefusals = 5;

export type Verdict = { readonly dead: DeadReason } | 'doubt' | 'alive';

/** Whether it is said of living grants too, so that asking again is better than believing. */
export function isDoubtful(
  { failure, step }: Pick<UpstreamError, 'failure' | 'step'>,
  { doubts }: Pick<RefreshTraits, 'doubts'>,
): boolean {
  if (failure.kind !== 'grant-dead' || step !== 'refresh') return false;
  return failure.doubtful === true || (doubts === true && failure.reason === 'rejected');
}

/** Returns what a failed call says of the grant; `again`: it is the second answer, after a pause. */
export function verdictOf(
  entry: Entry,
  error: Pick<UpstreamError, 'failure' | 'refused' | 'step'>,
  { traits, now, again }: { readonly traits: RefreshTraits; readonly now: Date; readonly again: boolean },
): Verdict {
  const { failure, refused } = error;
  const past = isPastEnd(entry, traits, now);
  if (failure.kind === 'grant-dead') {
    if (past && failure.reason === 'rejected') return { dead: 'expired' };
    const believed = again && (!failure.doubtful || wasDoubted(entry));
    return isDoubtful(error, traits) && !believed ? 'doubt' : { dead: failure.reason };
  }
  if (!refused) return 'alive';
  if (past) return { dead: 'expired' };
  const since = entry.refusedSince?.getTime() ?? now.getTime();
  const enough = now.getTime() - since >= patience && entry.refusals + 1 >= fewestRefusals;
  return enough ? { dead: 'rejected' } : 'alive';
}

/** The last thing heard of an entry that lives was that it does not. */
function wasDoubted({ lastError }: Entry): boolean {
  return lastError?.startsWith('grant-dead') ?? false;
}

/**
 * By our own clock there is nothing left to refresh with. Ends are moved, stated wrongly and reckoned from what is
 * generally known of a provider, so it is the provider who has to say so.
 */
export function isPastEnd(
  entry: Pick<Entry, 'refreshable' | 'accessExpiresAt' | 'refreshExpiresAt' | 'absoluteCapAt'>,
  { how }: Pick<RefreshTraits, 'how'>,
  now: Date,
): boolean {
  if (!entry.refreshable) return false;
  const live = how === 'exchange-live-token' ? [entry.accessExpiresAt] : [];
  return [entry.refreshExpiresAt, entry.absoluteCapAt, ...live].some((end) => end !== null && end <= now);
}
