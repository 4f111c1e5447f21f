import { monotonic, seconds } from '../../kit/clock.ts';
import { asNewRequest } from '../../kit/request-context.ts';

/**
 * The times at which this process could reach the database. Another process that has not saved its answer by a certain
 * time may be gone, but only time in which it could have saved counts. An outage that both processes saw does not.
 */
export interface Reachability {
  /** Returns the milliseconds of the last `span` in which this process is known to have reached the database. */
  within(span: number): number;
  /** Returns the milliseconds since the last real outage; 0 while the database is unreachable. */
  unbroken(): number;
  /** Notes that the database did not answer, or not in time. */
  lose(): void;
  /** Registers a callback for when the database is reachable again. Returns the function that removes it. */
  onBack(wake: () => void): () => void;
}

/**
 * Milliseconds. Longer than a probe and the pause before the next one take. A longer gap between two answers counts as
 * an outage.
 */
export const longestGap = seconds(10);
const probeInterval = seconds(2);
/** Milliseconds between probes during an outage, so that waiting saves continue soon. */
const outageProbeInterval = 250;
/** Milliseconds. A connection that is lost and replaced within this time is no outage. */
const shortestOutage = seconds(3);
/** Milliseconds for which spans are recorded. Older ones decide nothing any more. */
const keptFor = seconds(600);

/** A time without an outage, in milliseconds by `now`. */
interface Span {
  readonly from: number;
  to: number;
}

export interface ReachabilityRecord extends Reachability {
  /** Notes an answer, and for how many milliseconds other processes have had answers without an outage. */
  touch(others?: number): void;
}

/** Returns the record alone, without probes. `now` returns milliseconds. */
export function createReachabilityRecord(now: () => number = monotonic): ReachabilityRecord {
  let spans: Span[] = [];
  let lost = true;
  const wakers = new Set<() => void>();
  /** Returns the last span unless it is known to have ended. */
  const present = () => {
    const last = spans.at(-1);
    return !lost && last && now() - last.to <= longestGap ? last : undefined;
  };

  return {
    touch(others = 0) {
      const at = now();
      const current = present();
      lost = false;
      if (current) {
        current.to = at;
        return;
      }
      // The record of other processes counts for the time before the start; after that this process has its own.
      const from = spans.length === 0 ? at - Math.min(others, keptFor) : at;
      spans = [...spans.filter(({ to }) => at - to < keptFor), { from, to: at }];
      for (const wake of [...wakers]) wake();
    },
    lose() {
      lost = true;
    },
    within(span) {
      const at = now();
      const current = present();
      const lengths = spans.map((one) => {
        const to = one === current ? at : one.to;
        return Math.max(0, to - Math.max(one.from, at - span));
      });
      return lengths.reduce((sum, length) => sum + length, 0);
    },
    unbroken() {
      const current = present();
      if (!current) return 0;
      let { from } = current;
      for (const earlier of spans.toReversed())
        if (from - earlier.to <= shortestOutage) from = Math.min(from, earlier.from);
      return now() - from;
    },
    onBack(wake) {
      wakers.add(wake);
      return () => wakers.delete(wake);
    },
  };
}

/**
 * Probes at once and repeatedly until `end`. `reach` resolves when the database would accept a save, as for `touch`.
 */
export function watchReachability(reach: () => Promise<number>): Reachability & { end(): void } {
  const record = createReachabilityRecord();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const ask = async () => {
    await asNewRequest(reach).then(record.touch, record.lose);
    const pause = record.unbroken() > 0 ? probeInterval : outageProbeInterval;
    if (!ended) timer = setTimeout(ask, pause).unref();
  };
  void ask();
  return {
    ...record,
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
