import type { Clock } from '../kit/clock.ts';
import { seconds } from '../kit/clock.ts';
import { createRecent } from '../kit/recent.ts';
import { createSingleFlight } from '../kit/single-flight.ts';
import type { RateStore } from './rate-store.ts';

/** At most so many requests in so many seconds. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

export interface Rates {
  /** Undefined: go ahead. */
  take(who: Who, rate: Rate): Promise<Wait | undefined>;
  prune(now: Date): Promise<void>;
}

export interface Who {
  readonly appId: string;
  readonly identityId: string;
}

export interface Wait {
  /** Milliseconds. */
  readonly retryAfter: number;
  /** The first refusal of this process in this window. */
  readonly first: boolean;
}

/** What this process has left of the current window. */
interface Allowance {
  readonly windowAt: number;
  left: number;
  readonly spent: boolean;
  told: boolean;
}

/** A process takes this part of an allowance at once, so that the table is asked a few times in a window, not always. */
const part = 1 / 20;
const remembered = 10_000;

export function createRates({ store, clock }: { readonly store: RateStore; readonly clock: Clock }): Rates {
  const allowances = createRecent<Allowance>(remembered);
  const join = createSingleFlight<void>();

  return {
    async take(who, rate) {
      const size = Math.ceil(rate.requests * part);
      const portions = Math.ceil(rate.requests / size);
      const key = [who.appId, who.identityId, rate.requests, rate.seconds].join();
      const length = seconds(rate.seconds);
      // Whoever waits for a portion with others may find it used up, but not more often than there are portions.
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
