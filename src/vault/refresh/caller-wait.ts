import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../../kit/clock.ts';
import { UnansweredError } from '../../kit/database/database-errors.ts';

/** Milliseconds for which a caller waits for a refresh. */
export const longestWait = seconds(15);

/** The refresh is in progress at another process, or takes longer than a caller waits. */
export class RefreshPendingError extends Error {
  override readonly name = 'RefreshPendingError';
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('the refresh is under way elsewhere');
    this.retryAfter = retryAfter;
  }
}

/**
 * Waits for a refresh. The caller stops waiting after `longestWait`, or when the database does not accept the provider's
 * answer (`onStalled`). The refresh itself continues.
 * @throws RefreshPendingError after `longestWait`
 * @throws UnansweredError when the save is stalled
 */
export async function waitFor(
  refresh: Promise<void>,
  onStalled: (tell: () => void) => () => void = () => () => undefined,
): Promise<void> {
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  const removeListener = onStalled(() => reject(new UnansweredError()));
  const patience = new AbortController();
  const tooLong = pause(longestWait, undefined, { signal: patience.signal, ref: false }).then(() => {
    throw new RefreshPendingError(seconds(2));
  });
  try {
    await Promise.race([refresh, tooLong, stalled]);
  } finally {
    removeListener();
    stalled.catch(() => undefined);
    patience.abort();
    tooLong.catch(() => undefined);
    refresh.catch(() => undefined);
  }
}
