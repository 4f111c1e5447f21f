import { createCache } from '../../kit/cache.ts';
import { before, type Clock, minutes } from '../../kit/clock.ts';
import type { TokenNeeds } from '../../vault/refresh/decide.ts';

const interval = minutes(10);

/**
 * Signs of an expired token that were none. A missing permission lasts, and so does a resource that looks like an error. Such
 * an answer causes a refresh at most once in ten minutes for an identity.
 */
export interface Doubts {
  /**
   * Returns the needs of a call after a doubtful sign: the stored time of the last refresh says to every process that there
   * was one. Undefined: the answer stays as it is.
   */
  needsOf(identityId: string): TokenNeeds | undefined;
  /** Returns whether the words of an error were answered by a refresh in vain. */
  isInVain(identityId: string): boolean;
  note(sign: 'said' | 'doubtful', identityId: string): void;
}

export function createDoubts(clock: Clock): Doubts {
  const fruitless = createCache<true>({ max: 20_000, expiry: { ttl: interval, clock } });
  return {
    needsOf: (identityId) =>
      fruitless.has(`doubtful ${identityId}`)
        ? undefined
        : { minTtl: 0, refreshedSince: before(clock.now(), interval) },
    isInVain: (identityId) => fruitless.has(`said ${identityId}`),
    note(sign, identityId) {
      fruitless.set(`${sign} ${identityId}`, true);
    },
  };
}
