import { createCache } from '../kit/cache.ts';
import type { Clock } from '../kit/clock.ts';
import { seconds } from '../kit/clock.ts';
import { createSingleFlight } from '../kit/single-flight.ts';
import type { RateStore } from './rate-store.ts';

/** A rate limit: at most `requests` in `seconds`. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

export interface Rates {
  /** Counts one request. Returns undefined when it is allowed, else the milliseconds to wait. */
  take(who: RateKey, rate: Rate): Promise<number | undefined>;
  /** Counts one request if this process may still allow it, without a statement. Returns whether it did. */
  takeNow(who: RateKey, rate: Rate): boolean;
  prune(now: Date): Promise<void>;
}

export interface RateKey {
  readonly appId: string;
  readonly identityId: string;
}

/** One process's share of the requests that the rate limit allows in a window. */
interface Allowance {
  /** The start of the window, in milliseconds since 1970. */
  readonly windowAt: number;
  /** The requests that this process may still allow. */
  left: number;
  /** All processes together have used the window's allowance. */
  readonly spent: boolean;
}

/**
 * The share of an allowance that a process takes at once. The table is then asked at most about twenty times per window
 * and not for each request.
 */
const portionShare = 1 / 20;
/** Eviction is harmless: the table is then asked for a further portion. */
const mostAllowances = 10_000;

export function createRates({ store, clock }: { readonly store: RateStore; readonly clock: Clock }): Rates {
  const allowances = createCache<Allowance>({ max: mostAllowances });
  const singleFlight = createSingleFlight<void>();

  const keyOf = (who: RateKey, rate: Rate) => [who.appId, who.identityId, rate.requests, rate.seconds].join();
  const windowOf = (rate: Rate, now: number) => now - (now % seconds(rate.seconds));

  return {
    takeNow(who, rate) {
      const known = allowances.get(keyOf(who, rate));
      if (!known || known.left <= 0 || known.windowAt !== windowOf(rate, clock.now().getTime())) return false;
      known.left -= 1;
      return true;
    },
    async take(who, rate) {
      const portionSize = Math.ceil(rate.requests * portionShare);
      const portions = Math.ceil(rate.requests / portionSize);
      const key = keyOf(who, rate);
      const windowLength = seconds(rate.seconds);
      // Requests that wait for one portion together may use it up, so the loop repeats, at most once per
      // portion.
      for (let round = 0; round <= portions + 1; round += 1) {
        const now = clock.now().getTime();
        const windowAt = windowOf(rate, now);
        const known = allowances.get(key);
        const current = known?.windowAt === windowAt ? known : undefined;
        if (current && current.left > 0) {
          current.left -= 1;
          return undefined;
        }
        if (current?.spent) return windowAt + windowLength - now;
        await singleFlight(key, async () => {
          const window = { windowAt: new Date(windowAt), endsAt: new Date(windowAt + windowLength) };
          // The number of the portion, from 1; undefined when no portion is left.
          const portion = await store.take({ ...who, ...window, portions });
          // The last portion is the remainder.
          const left = portion === portions ? rate.requests - portionSize * (portions - 1) : portionSize;
          const spent = portion === undefined;
          allowances.set(key, { windowAt, left: spent ? 0 : left, spent });
        });
      }
      // This is reached only if the window changes, or the cache evicts the share, during the loop.
      return windowLength;
    },
    prune: store.prune,
  };
}
