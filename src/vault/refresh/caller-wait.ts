import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../../kit/clock.ts';
import { UnansweredError } from '../../kit/database/database-errors.ts';

/** Milliseconds for which a caller waits for a refresh. */
export const longestWait = seconds(15);

/** Another process has the lease for the refresh, or it takes longer than a caller should wait. */
export class RefreshPendingError extends Error {
  override readonly name = 'Waiting';
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('the refresh is under way elsewhere');
    this.retryAfter = retryAfter;
  }
}

/**
 * The caller stops waiting, after `longestWait` or when `onStalled` tells that the database does not take what the provider
 * has answered; the flight itself goes on, since nothing may cut it short. @throws Waiting, UnansweredError
 */
export async function inTime(
  flight: Promise<void>,
  onStalled: (tell: () => void) => () => void = () => () => undefined,
): Promise<void> {
  const { promise: held, reject } = Promise.withResolvers<never>();
  const forget = onStalled(() => reject(new UnansweredError()));
  const patience = new AbortController();
  const tooLong = pause(longestWait, undefined, { signal: patience.signal, ref: false }).then(() => {
    throw new RefreshPendingError(seconds(2));
  });
  try {
    await Promise.race([flight, tooLong, held]);
  } finally {
    forget();
    held.catch(() => undefined);
    patience.abort();
    tooLong.catch(() => undefined);
    flight.catch(() => undefined);
  }
}
