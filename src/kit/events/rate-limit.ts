import { type Clock, minutes } from '../clock.ts';

/**
 * A rate limit for events that an unauthenticated caller can cause. Each process reports `most` a minute per key and
 * counts the rest.
 */
export interface RateLimit {
  /**
   * Counts one event. Returns how many to report now: this one and those not reported in an earlier minute. Undefined:
   * report none.
   */
  take(key: string): number | undefined;
  /** Returns whether the key has a minute that is counted. */
  has(key: string): boolean;
  /** Returns and resets the counts whose minute is over, or all counts. */
  drain(all?: boolean): readonly { readonly key: string; readonly unreported: number }[];
}

export function createRateLimit({
  clock,
  most,
}: {
  readonly clock: Clock;
  readonly most: number;
}): RateLimit {
  /** By key: the end of its minute in epoch milliseconds, and the events in it that were and were not reported. */
  const counted = new Map<string, { readonly until: number; reported: number; unreported: number }>();

  return {
    take(key) {
      const now = clock.now().getTime();
      const minute = counted.get(key);
      if (!minute || now >= minute.until) {
        counted.set(key, { until: now + minutes(1), reported: 1, unreported: 0 });
        return 1 + (minute?.unreported ?? 0);
      }
      if (minute.reported >= most) {
        minute.unreported += 1;
        return undefined;
      }
      minute.reported += 1;
      return 1;
    },
    has: (key) => counted.has(key),
    drain(all = false) {
      const now = clock.now().getTime();
      const over = [...counted].filter(([, { until }]) => all || now >= until);
      for (const [key] of over) counted.delete(key);
      return over.flatMap(([key, { unreported }]) => (unreported > 0 ? [{ key, unreported }] : []));
    },
  };
}
