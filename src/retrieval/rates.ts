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
  /** Counts one request. Returns undefined when it is allowed. */
  take(who: RateKey, rate: Rate): Promise<Wait | undefined>;
  prune(now: Date): Promise<void>;
}

export interface RateKey {
  readonly appId: string;
  readonly identityId: string;
}

export interface Wait {
  /** Milliseconds. */
  readonly retryAfter: number;
  /** The first refusal of this process in this window. */
  readonly first: boolean;
}

/** The part of the current window's allowance that this process still holds. */
interface Allowance {
  readonly windowAt: number;
  left: number;
  readonly spent: boolean;
  told: boolean;
}

/**
 * The share of an allowance that a process takes at once. The table is then asked a few times per window and
 * not for each request.
 */
const part = 1 / 20;
/** Eviction is harmless: the table is then asked for a further part. */
const mostAllowances = 10_000;

export function createRates({ store, clock }: { readonly store: RateStore; readonly clock: Clock }): Rates {
  const allowances = createCache<Allowance>({ max: mostAllowances });
  const join = createSingleFlight<void>();

  return {
    async take(who, rate) {
      const size = Math.ceil(rate.requests * part);
      const portions = Math.ceil(rate.requests / size);
      const key = [who.appId, who.identityId, rate.requests, rate.seconds].join();
      const length = seconds(rate.seconds);
      // Requests that wait for one portion together may use it up, so the loop repeats, at most once per
      // portion.
      for (let look = 0; look <= portions + 1; look += 1) {
        const now = clock.now().getTime();
        const windowAt = now - (now % length);
        const known = allowances.get(key);
        const current = known?.windowAt === windowAt ? known : undefined;
        if (current && current.left > 0) {
          current.left -= 1;
          return undefined;
        }
        if (current?.spent) {
          const first = !current.told;
          current.told = true;
          return { retryAfter: windowAt + length - now, first };
        }
        await join(key, async () => {
          const window = { windowAt: new Date(windowAt), endsAt: new Date(windowAt + length) };
          const portion = await store.take({ ...who, ...window, portions });
          const left = portion === portions ? rate.requests - size * (portions - 1) : size;
          const spent = portion === undefined;
          allowances.set(key, { windowAt, left: spent ? 0 : left, spent, told: false });
        });
      }
      return { retryAfter: length, first: false };
    },
    prune: store.prune,
  };
}
