import { before, hours, seconds } from '../kit/clock.ts';
import { createEndedArtifactsStore } from './artifacts/ended-artifacts-store.ts';
import type { IssuanceDeps } from './ports.ts';
import { sessionLifetime } from './provider/cookies-and-lifetimes.ts';
import type { IssuanceStores } from './stores.ts';
import { gracePeriod } from './tokens/refresh-grace.ts';

export interface Pruning {
  /** Deletes the rows that have ended, for all processes. */
  prune(now: Date): Promise<void>;
  /** Drops what has ended from the memory of this process. */
  forgetEnded(now: Date): Promise<void>;
}

export function createPruning(
  { database }: Pick<IssuanceDeps, 'database'>,
  {
    revocations,
    keys,
    usedProofs,
    origins,
    firstReads,
  }: Pick<IssuanceStores, 'revocations' | 'keys' | 'usedProofs' | 'origins' | 'firstReads'>,
): Pruning {
  const artifacts = createEndedArtifactsStore(database);
  return {
    async prune(now) {
      await Promise.all([
        artifacts.prune(now),
        artifacts.dropResponses(before(now, gracePeriod)),
        revocations.prune(now),
        keys.dropRetired(),
        usedProofs.prune(),
        // The last use of a session is noted once an hour.
        origins.prune(before(now, seconds(sessionLifetime) + hours(1))),
      ]);
    },
    async forgetEnded(now) {
      firstReads.prune();
      await revocations.forgetEnded(now);
    },
  };
}
