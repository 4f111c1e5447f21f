import { monotonic, seconds } from '../../kit/clock.ts';
import { asNewRequest } from '../../kit/request-context.ts';

/**
 * The times when this process could reach the database. A save that another process has not made by a certain time
 * says something about that process only where it could have: an outage that both have seen does not count.
 */
export interface Reachability {
  /** Milliseconds of the last `span` in which the database is known to have been there for this process. */
  within(span: number): number;
  /** Milliseconds since it has been there without a break that is worth the name; 0: it is not there now. */
  unbroken(): number;
  /** Says that it was not, or not in time. */
  lose(): void;
  /** Runs `wake` each time that it is there again. Returns how to stop that. */
  onBack(wake: () => void): () => void;
}

/** Longer than an answer may take and the pause before the next question: what is unknown for longer was no contact. */
export const longestGap = seconds(10);
const pulse = seconds(2);
/** A process that has something to save learns so soon that the database is back. */
const pulseInOutage = 250;
/** A connection that was lost and replaced is no outage: nothing that is to be saved has waited for long. */
const blip = seconds(3);
/** Spans that are older do not decide anything any more. */
const remembered = seconds(600);

interface Span {
  readonly from: number;
  to: number;
}

export interface ReachabilityRecord extends Reachability {
  /** Notes that it has just answered, and for how many milliseconds other processes have had answers without a break. */
  touch(others?: number): void;
}

/** The known times, without asking. `now` returns milliseconds. */
export function createReachabilityRecord(now: () => number = monotonic): ReachabilityRecord {
  let spans: Span[] = [];
  let lost = true;
  const wakers = new Set<() => void>();
  /** The last span, as long as it is not known to have ended. */
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
      // The others' knowledge counts for the time before the start only: later this process knows better.
      const from = spans.length === 0 ? at - Math.min(others, remembered) : at;
      spans = [...spans.filter(({ to }) => at - to < remembered), { from, to: at }];
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
        if (from - earlier.to <= blip) from = Math.min(from, earlier.from);
      return now() - from;
    },
    onBack(wake) {
      wakers.add(wake);
      return () => wakers.delete(wake);
    },
  };
}

/** Asks at once, and again and again until its end. `reach` resolves when the database takes what would be saved (`touch`). */
export function watchReachability(reach: () => Promise<number>): Reachability & { end(): void } {
  const record = createReachabilityRecord();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const ask = async () => {
    await asNewRequest(reach).then(record.touch, record.lose);
    const pause = record.unbroken() > 0 ? pulse : pulseInOutage;
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
