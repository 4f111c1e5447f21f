import { asNewRequest, currentRequest } from '../request-context.ts';
import { isUnanswered } from './database-errors.ts';
import { noteUnanswered } from './statement-timeout.ts';

/** Two batches: the second one lets callers pass a slow batch. */
const passing = { inFlight: 2 };

interface Batch<Answer> {
  readonly keys: Set<string>;
  readonly answers: Promise<ReadonlyMap<string, Answer>>;
  /** Sends the statement. Rejects like `answers`. */
  readonly send: () => Promise<void>;
  /** Rejects `answers` without a statement. */
  readonly giveUp: (error: unknown) => void;
}

/**
 * Returns a lookup that batches: concurrent callers share one statement. It is no cache, since no caller gets a row that
 * was read before its call. Any number of callers takes at most two connections.
 */
export function createBatchedLookup<Answer>(
  ask: (keys: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
  /** The largest number of batches in flight. With one, batches are larger, so that a key costs less. */
  { inFlight: mostBatches } = passing,
): (key: string) => Promise<Answer | undefined> {
  let next: Batch<Answer> | undefined;
  let inFlight = 0;

  function sendNext(): void {
    if (!next || inFlight >= mostBatches) return;
    const batch = next;
    next = undefined;
    inFlight += 1;
    batch.send().then(
      () => {
        inFlight -= 1;
        sendNext();
      },
      (error: unknown) => {
        inFlight -= 1;
        // The callers of the next batch have waited as long, and their batch would not be answered either.
        if (isUnanswered(error)) {
          next?.giveUp(error);
          next = undefined;
        }
        sendNext();
      },
    );
  }

  function newBatch(): Batch<Answer> {
    const keys = new Set<string>();
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, Answer>>();
    // After all callers of this turn of the event loop.
    setImmediate(sendNext);
    const send = async () => {
      // Without the context of the first caller: an unanswered statement of its request, or the timeout of a background
      // job, must not apply to the other callers.
      const answers = asNewRequest(() => ask([...keys]));
      answers.then(resolve, reject);
      await answers;
    };
    return { keys, answers: promise, send, giveUp: reject };
  }

  return async (key) => {
    // An earlier statement of the same request was not answered (request-context.ts).
    const unanswered = currentRequest()?.unanswered;
    if (unanswered) throw unanswered;
    next ??= newBatch();
    next.keys.add(key);
    return (await noteUnanswered(next.answers)).get(key);
  };
}

/**
 * Returns the end of a named statement that looks up these keys. PostgreSQL plans `= ANY($1)` anew for each call, which takes
 * longer than the lookup, and `= $1` once for each connection.
 */
export function matching(keys: readonly string[]): {
  readonly where: string;
  readonly values: readonly [string | readonly string[]];
  readonly suffix: string;
} {
  const [only, ...others] = keys;
  if (only !== undefined && others.length === 0) return { where: '= $1', values: [only], suffix: '-one' };
  return { where: '= ANY($1)', values: [keys], suffix: '' };
}
