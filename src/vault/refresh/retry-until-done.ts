import { monotonic, seconds } from '../../kit/clock.ts';
import { UnansweredError } from '../../kit/database/database-errors.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { asNewRequest } from '../../kit/request-context.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';

/** Milliseconds between two tries: the pause doubles from the first to the longest. */
const firstPause = 50;
const longestPause = seconds(2);
/** Milliseconds for which callers who wait for a token also wait for its save. */
const callerPatience = 2_400;
/** Milliseconds. A try that takes longer is not waited for, and the next one begins. */
const longestTry = seconds(5);

export interface RetryOptions {
  /** Aborted: there is one last try. */
  readonly until: AbortSignal;
  /** Registers a callback for when the database is reachable again. Returns the function that removes it. */
  readonly onBack: (wake: () => void) => () => void;
  /** Called once when it takes longer than a caller should wait. */
  readonly onLong?: () => void;
}

/** Returns options to retry until this process ends. Callers of the entry are told when it takes long. */
export function whileProcessRuns(
  {
    inFlight,
    reachability,
  }: { inFlight: Pick<InFlight, 'ending' | 'markStalled'>; reachability: Pick<Reachability, 'onBack'> },
  identityId: string,
): RetryOptions {
  const onLong = () => inFlight.markStalled(identityId);
  return { until: inFlight.ending, onBack: reachability.onBack, onLong };
}

/**
 * Retries work until it succeeds, with a growing pause, and at once when the database is reachable again. A provider's
 * answer cannot be asked for twice, so its save never gives up. Returns undefined if `until` was aborted first.
 * @throws UnreadableError, which no retry ends
 */
export async function retryUntilDone<T>(
  work: () => Promise<T>,
  onError: (error: unknown) => void,
  { until, onBack, onLong }: RetryOptions,
): Promise<T | undefined> {
  const long = onLong && setTimeout(onLong, callerPatience);
  try {
    return await retry(work, onError, { until, onBack });
  } finally {
    clearTimeout(long);
  }
}

async function retry<T>(
  work: () => Promise<T>,
  onError: (error: unknown) => void,
  { until, onBack }: RetryOptions,
): Promise<T | undefined> {
  for (let wait = firstPause; ; wait = Math.min(2 * wait, longestPause)) {
    const last = until.aborted;
    try {
      // Each try counts as a request of its own: a statement that went unanswered in one must not fail the next.
      return await inTime(asNewRequest(work));
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      onError(error);
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

/** Resolves after the pause, or sooner when `until` is aborted or the database is reachable again. */
function rest(milliseconds: number, until: AbortSignal, onBack: RetryOptions['onBack']): Promise<void> {
  return new Promise((resolve) => {
    const begun = monotonic();
    const end = () => {
      // A wake-up right after the pause began must not make the loop spin.
      if (!until.aborted && monotonic() - begun < firstPause) return;
      clearTimeout(timer);
      until.removeEventListener('abort', end);
      forget();
      resolve();
    };
    // A timer may fire slightly early, and `end` would ignore that after a first pause.
    const timer = setTimeout(end, milliseconds + 5);
    until.addEventListener('abort', end);
    const forget = onBack(end);
    if (until.aborted) end();
  });
}
