import type { DeadReason, UpstreamError } from '../../connectors/contract/failures.ts';
import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import { days, seconds } from '../../kit/clock.ts';
import type { Entry } from '../entry.ts';

/** Some providers refuse living grants too. Such a refusal counts if a second call after this pause repeats it, */
export const doubtPause = seconds(2);
/** and, where it does not speak of the grant, if a refresh after this pause repeats it. */
export const longDoubtPause = seconds(5);
/** Refusals that no rule knows end a grant after this time and number of refusals. */
const longestRefused = days(3);
const fewestRefusals = 5;

/**
 * `doubt`: a second call, or a later refresh, has to confirm the refusal. `alive`: the call says nothing against the
 * grant.
 */
export type Verdict = { readonly dead: DeadReason } | 'doubt' | 'alive';

/** Returns whether the provider also refuses living grants like this, so that a second call has to confirm it. */
export function isDoubtful(
  { failure, step }: Pick<UpstreamError, 'failure' | 'step'>,
  { doubts }: Pick<RefreshTraits, 'doubts'>,
): boolean {
  if (failure.kind !== 'grant-dead' || step !== 'refresh') return false;
  return failure.doubtful === true || (doubts === true && failure.reason === 'rejected');
}

/** Returns what a failed call says about the grant; `again`: it is the second answer, after a pause. */
export function verdictOf(
  entry: Entry,
  error: Pick<UpstreamError, 'failure' | 'refused' | 'step'>,
  { traits, now, again }: { readonly traits: RefreshTraits; readonly now: Date; readonly again: boolean },
): Verdict {
  const { failure, refused } = error;
  const past = isPastEnd(entry, traits, now);
  if (failure.kind === 'grant-dead') {
    if (past && failure.reason === 'rejected') return { dead: 'expired' };
    // The second answer repeats the first. If it does not speak of the grant, the refresh before has to agree too.
    const believed = again && (!failure.doubtful || wasDoubted(entry));
    return isDoubtful(error, traits) && !believed ? 'doubt' : { dead: failure.reason };
  }
  if (!refused) return 'alive';
  if (past) return { dead: 'expired' };
  const since = entry.refusedSince?.getTime() ?? now.getTime();
  const enough = now.getTime() - since >= longestRefused && entry.refusals + 1 >= fewestRefusals;
  return enough ? { dead: 'rejected' } : 'alive';
}

/** Returns whether the last error of an active entry was a refusal. */
function wasDoubted({ lastError }: Entry): boolean {
  return lastError?.startsWith('grant-dead') ?? false;
}

/**
 * Returns whether the refresh token has ended by our clock. Providers move ends, state them wrongly or not at all, so only
 * the provider's refusal makes an entry dead.
 */
export function isPastEnd(
  entry: Pick<Entry, 'refreshable' | 'accessExpiresAt' | 'refreshExpiresAt' | 'absoluteCapAt'>,
  { how }: Pick<RefreshTraits, 'how'>,
  now: Date,
): boolean {
  if (!entry.refreshable) return false;
  // A live token can be exchanged only while it is valid.
  const live = how === 'exchange-live-token' ? [entry.accessExpiresAt] : [];
  return [entry.refreshExpiresAt, entry.absoluteCapAt, ...live].some((end) => end !== null && end <= now);
}
