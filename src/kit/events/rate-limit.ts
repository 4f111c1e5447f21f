import { type Clock, minutes } from '../clock.ts';

/** A rate limit for events that an unauthenticated caller can cause. Each process reports `most` a minute per key and counts the rest. */
export interface RateLimit {
  /** Counts one event. Returns how many to report, this one included; undefined: none now. */
  take(key: string): number | undefined;
  /** Returns and resets the counts whose minute is over, or all counts. */
  drain(all?: boolean): readonly { readonly key: string; readonly untold: number }[];
}

export function createRateLimit({
  clock,
  most,
}: {
  readonly clock: Clock;
  readonly most: number;
}): RateLimit {
  const counted = new Map<string, { readonly until: number; told: number; untold: number }>();

  return {
    take(key) {
      const now = clock.now().getTime();
      const minute = counted.get(key);
      if (!minute || now >= minute.until) {
        counted.set(key, { until: now + minutes(1), told: 1, untold: 0 });
        return 1 + (minute?.untold ?? 0);
      }
      if (minute.told >= most) {
        minute.untold += 1;
        return undefined;
      }
      minute.told += 1;
      return 1;
    },
    drain(all = false) {
      const now = clock.now().getTime();
      const over = [...counted].filter(([, { until }]) => all || now >= until);
      for (const [key] of over) counted.delete(key);
      return over.flatMap(([key, { untold }]) => (untold > 0 ? [{ key, untold }] : []));
    },
  };
}
