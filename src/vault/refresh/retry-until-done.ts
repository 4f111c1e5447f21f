import { monotonic, seconds } from '../../kit/clock.ts';
import { UnansweredError } from '../../kit/database/database-errors.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { asNewRequest } from '../../kit/request-context.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';

const firstPause = 50;
const longestPause = seconds(2);
/** For so long those who wait for a token wait for its save too. */
const patience = 2_400;
/** A try that has not ended by then is left to itself, and there is another. */
const longestTry = seconds(5);

export interface RetryOptions {
  /** Aborted: there is one more try. */
  readonly until: AbortSignal;
  /** Runs `wake` when the database can be reached again. Returns how to stop that. */
  readonly onBack: (wake: () => void) => () => void;
  /** Told once when it takes longer than a caller should wait. */
  readonly onLong?: () => void;
}

/** Until this process ends; callers are not kept waiting by it. */
export function whileProcessRuns(
  {
    inFlight,
    reachability,
  }: { inFlight: Pick<InFlight, 'ending' | 'hold'>; reachability: Pick<Reachability, 'onBack'> },
  identityId: string,
): RetryOptions {
  const onLong = () => inFlight.hold(identityId);
  return { until: inFlight.ending, onBack: reachability.onBack, onLong };
}

/**
 * The provider's answer cannot be asked for again, so it is written however often that takes, and at once when the
 * database is back. Returns undefined when `until` has come before.
 */
export async function retryUntilDone<T>(
  work: () => Promise<T>,
  onTrouble: (error: unknown) => void,
  { until, onBack, onLong }: RetryOptions,
): Promise<T | undefined> {
  const long = onLong && setTimeout(onLong, patience);
  try {
    return await tryAgain(work, onTrouble, { until, onBack });
  } finally {
    clearTimeout(long);
  }
}

async function tryAgain<T>(
  work: () => Promise<T>,
  onTrouble: (error: unknown) => void,
  { until, onBack }: RetryOptions,
): Promise<T | undefined> {
  for (let wait = firstPause; ; wait = Math.min(2 * wait, longestPause)) {
    const last = until.aborted;
    try {
      // One try has nothing to do with what the database has left another without.
      return await inTime(asNewRequest(work));
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      onTrouble(error);
      if (last) return undefined;
    }
    await rest(wait, until, onBack);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new UnansweredError(longestTry)), longestTry);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function rest(milliseconds: number, until: AbortSignal, onBack: RetryOptions['onBack']): Promise<void> {
  return new Promise((resolve) => {
    const begun = monotonic();
    const end = () => {
      // A wake-up that comes when the wait has hardly begun must not make it run in circles.
      if (!until.aborted && monotonic() - begun < firstPause) return;
      clearTimeout(timer);
      until.removeEventListener('abort', end);
      forget();
      resolve();
    };
    const timer = setTimeout(end, milliseconds + 5);
    until.addEventListener('abort', end);
    const forget = onBack(end);
    if (until.aborted) end();
  });
}
