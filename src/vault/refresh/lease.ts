import { monotonic, seconds } from '../../kit/clock.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import type { Leased } from '../lease-store.ts';
import { rotates } from './note-failure.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** Longer than a provider call (at most 10 s) and the first tries to save after it. */
const leaseSeconds = 30;
/**
 * Seconds for which an entry is left to another process that may still save its answer. A second call with a rotated
 * refresh token could end the grant. Only time in which this process could reach the database counts, since the
 * other process could not save during an outage either.
 */
export const quarantineSeconds = 75;
/**
 * Milliseconds. The least time after an outage, or after its own start, that a process leaves to others for their
 * saves.
 */
const settlingTime = seconds(15);
/** Milliseconds. A slower lease statement counts as an outage: it may overtake a save that waits for the same row. */
const longestLeaseStatement = seconds(1);

/** Runs work under the lease. Returns `taken` without running it if another process has the lease. */
export async function withLease(
  deps: RefreshDeps,
  identityId: string,
  work: (leased: Leased) => Promise<void>,
): Promise<'done' | 'taken'> {
  const { store, owner, log, inFlight, settled } = deps;
  await settled?.();
  // The end of the process would abort a refresh that begins now. A refresh that is in flight here continues, also when
  // its lease has run out.
  if (inFlight.ending.aborted || inFlight.has(identityId)) return 'taken';
  const leased = await acquire(deps, identityId);
  if (!leased || inFlight.has(identityId)) return 'taken';
  try {
    await inFlight.track(identityId, work(leased));
    return 'done';
  } finally {
    // A lease that cannot be released runs out.
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
    if (monotonic() - begun > longestLeaseStatement) reachability.lose();
  }
}

/** Returns the milliseconds for which another process may still save its answer. */
export function quarantine(
  { owner, reachability }: RefreshDeps,
  { connection }: RefreshTarget,
  { unfinished }: Leased,
): number {
  // Another process has sent a refresh token that works only once, and its answer is not saved.
  const theirs =
    unfinished !== undefined && unfinished.owner !== owner && rotates(connection.connector.refresh);
  if (!theirs) return 0;
  const waited = reachability.within(seconds(unfinished.age));
  return Math.max(0, seconds(quarantineSeconds) - waited, settlingTime - reachability.unbroken());
}
