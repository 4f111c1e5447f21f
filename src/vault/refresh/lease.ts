import { monotonic, seconds } from '../../kit/clock.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import type { Leased } from '../lease-store.ts';
import { rotates } from './note-failure.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** Longer than a provider may take (guarded client: 10 s) and the first tries to save after it. */
const leaseSeconds = 30;
/**
 * An answer that a living process has not saved yet is left to it for so long: asking again with a refresh token that
 * was rotated may cost the whole grant. Only time in which this process could reach the database counts, since the other
 * could not save either where this one could not ask.
 */
export const quarantineSeconds = 75;
/** So long after an outage, or after its own start, a process leaves to the others what they may be about to save. */
const settling = seconds(15);
/** Less than a lock is waited for: a process that had to wait for the row may overtake one with more right to the lease. */
const smooth = seconds(1);

/** Runs work that needs the lease, if the lease is free. */
export async function withLease(
  deps: RefreshDeps,
  identityId: string,
  work: (leased: Leased) => Promise<void>,
): Promise<'done' | 'taken'> {
  const { store, owner, log, inFlight, settled } = deps;
  await settled?.();
  // A refresh that begins after the end has been called would be cut short by it. A refresh under way here goes on also
  // when its lease has run out.
  if (inFlight.ending.aborted || inFlight.has(identityId)) return 'taken';
  const leased = await acquire(deps, identityId);
  if (!leased || inFlight.has(identityId)) return 'taken';
  try {
    await inFlight.track(identityId, work(leased));
    return 'done';
  } finally {
    // A lease that cannot be given back runs out by itself.
    await store.releaseLease(identityId, owner).catch((error: unknown) => {
      log.warn({ err: error, identityId }, 'a lease could not be released');
    });
  }
}

async function acquire(
  { store, owner, reachability }: RefreshDeps,
  identityId: string,
): Promise<Leased | undefined> {
  const begun = monotonic();
  try {
    return await store.acquireLease(identityId, owner, leaseSeconds);
  } catch (error) {
    if (isDatabaseUnavailable(error)) reachability.lose();
    throw error;
  } finally {
    if (monotonic() - begun > smooth) reachability.lose();
  }
}

/** Milliseconds for which another process may still be about to save what its refresh brought. */
export function quarantine(
  { owner, reachability }: RefreshDeps,
  { connection }: RefreshTarget,
  { unfinished }: Leased,
): number {
  const theirs =
    unfinished !== undefined && unfinished.owner !== owner && rotates(connection.connector.refresh);
  if (!theirs) return 0;
  const waited = reachability.within(seconds(unfinished.age));
  return Math.max(0, seconds(quarantineSeconds) - waited, settling - reachability.unbroken());
}
