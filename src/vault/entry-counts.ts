import { type Clock, seconds } from '../kit/clock.ts';
import type { EntryCount, GaugeStore } from './gauge-store.ts';

/** The number of entries by connection and state, for the gauges. */
export interface EntryCounts {
  /**
   * Returns the newest count. Waits for the first part of a new one, and for no other: a larger vault is counted further in
   * the background. Undefined: the first count is not over.
   */
  read(): Promise<CountedEntries | undefined>;
}

export interface CountedEntries {
  readonly counts: readonly EntryCount[];
  /** When the first part was counted. */
  readonly at: Date;
}

/** 10 to 50 ms of the database. */
const usualSize = 10_000;
/** Milliseconds from one count to the next. */
const least = seconds(30);
/** A count may take this part of the time. */
const share = 1 / 20;

export function createEntryCounts({
  store,
  clock,
  size = usualSize,
}: {
  readonly store: Pick<GaugeStore, 'entries'>;
  readonly clock: Clock;
  readonly size?: number;
}): EntryCounts {
  let newest: CountedEntries | undefined;
  let next = 0;
  let opening: Promise<void> | undefined;
  let counting: Promise<void> | undefined;

  async function open(): Promise<void> {
    const at = clock.now();
    const sums = new Map<string, EntryCount>();
    const last = add(sums, await store.entries('', size));
    const finish = () => {
      newest = { counts: [...sums.values()], at };
      next = Math.max(at.getTime() + least, at.getTime() + (clock.now().getTime() - at.getTime()) / share);
    };
    if (last === undefined) return finish();
    counting = rest(sums, last)
      .then(finish)
      // The age of the newest count tells, and the next read begins anew.
      .catch(() => undefined)
      .finally(() => {
        counting = undefined;
      });
  }

  async function rest(sums: Map<string, EntryCount>, first: string): Promise<void> {
    for (let last: string | undefined = first; last !== undefined; )
      last = add(sums, await store.entries(last, size));
  }

  return {
    async read() {
      if (!counting && clock.now().getTime() >= next)
        opening ??= open().finally(() => {
          opening = undefined;
        });
      await opening;
      return newest;
    },
  };
}

/** Adds a part. Returns its last id. */
function add(
  sums: Map<string, EntryCount>,
  { counts, last }: Awaited<ReturnType<GaugeStore['entries']>>,
): string | undefined {
  for (const one of counts) {
    const key = JSON.stringify([one.connectionId, one.state, one.reason]);
    const sum = sums.get(key);
    const lags = [one.lag, sum?.lag].filter((lag) => typeof lag === 'number');
    sums.set(key, {
      ...one,
      count: one.count + (sum?.count ?? 0),
      lag: lags.length > 0 ? Math.max(...lags) : null,
    });
  }
  return last;
}
