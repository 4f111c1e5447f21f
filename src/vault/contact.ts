import { monotonic, seconds } from '../kit/clock.ts';
import { likeRequest } from '../kit/request-context.ts';

/**
 * When this process could reach the database. What another process has not saved by a certain time says something about
 * that process only where it could have: an outage that both have seen does not count.
 */
export interface Contact {
  /** Milliseconds of the last `span` in which the database is known to have been there for this process. */
  within(span: number): number;
  /** Milliseconds since it has been there without a break; 0: it is not there now. */
  unbroken(): number;
  /** Says that it was not, or not in time. */
  lose(): void;
  /** Runs `wake` each time that it is there again; answers how to stop that. */
  onBack(wake: () => void): () => void;
}

/** Longer than an answer may take and the pause before the next question: what is unknown for longer was no contact. */
const longestGap = seconds(10);
const pulse = seconds(2);
/** Whoever has something to save learns so soon that the database is back. */
const pulseInOutage = 250;
/** Spans that are older do not decide anything any more. */
const remembered = seconds(600);

interface Span {
  readonly from: number;
  to: number;
}

export interface ContactRecord extends Contact {
  /** Says that it has just answered. */
  touch(): void;
}

/** What is known, without asking. `now` answers milliseconds. */
export function createContactRecord(now: () => number = monotonic): ContactRecord {
  let spans: Span[] = [];
  let lost = true;
  const wakers = new Set<() => void>();
  /** The last span, as long as it is not known to have ended. */
  const present = () => {
    const last = spans.at(-1);
    return !lost && last && now() - last.to <= longestGap ? last : undefined;
  };

  return {
    touch() {
      const at = now();
      const current = present();
      lost = false;
      if (current) {
        current.to = at;
        return;
      }
      spans = [...spans.filter(({ to }) => at - to < remembered), { from: at, to: at }];
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
      return current ? now() - current.from : 0;
    },
    onBack(wake) {
      wakers.add(wake);
      return () => wakers.delete(wake);
    },
  };
}

/** Asks at once, and again and again until its end. `reach` resolves when the database takes what would be saved. */
export function createContact(reach: () => Promise<void>): Contact & { end(): void } {
  const record = createContactRecord();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const ask = async () => {
    await likeRequest(reach).then(record.touch, record.lose);
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
