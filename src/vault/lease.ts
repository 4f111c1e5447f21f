import { seconds } from '../kit/clock.ts';
import type { Leased } from './entry-store.ts';
import { rotates } from './note-failure.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** Longer than a provider may take (guarded client: 10 s) and the first tries to save after it. */
const leaseSeconds = 30;
/**
 * An answer that a living process has not saved yet is left to it for so long: asking again with a refresh token that
 * was rotated may cost the whole grant. Longer than `saveRefreshed` goes on trying.
 */
export const quarantineSeconds = 75;
/** Runs work that needs the lease, if the lease is free. */
export async function withLease(
  { store, owner, log, underWay, settled }: RefreshDeps,
  identityId: string,
  work: (leased: Leased) => Promise<void>,
): Promise<'done' | 'taken'> {
  await settled?.();
  // Whoever comes after the end has been called would be cut short by it.
  const leased = underWay.ending.aborted
    ? undefined
    : await store.acquireLease(identityId, owner, leaseSeconds);
  if (!leased) return 'taken';
  try {
    await underWay.track(work(leased));
    return 'done';
  } finally {
    // A lease that cannot be given back runs out by itself.
    await store.releaseLease(identityId, owner).catch((error: unknown) => {
      log.warn({ err: error, identityId }, 'a lease could not be released');
    });
  }
}

/** Milliseconds for which another process may still be about to save what its refresh brought. */
export function quarantine(
  { owner }: RefreshDeps,
  { connection }: RefreshTarget,
  { unfinished }: Leased,
): number {
  const theirs =
    unfinished !== undefined && unfinished.owner !== owner && rotates(connection.connector.refresh);
  return theirs ? seconds(quarantineSeconds - unfinished.age) : 0;
}
