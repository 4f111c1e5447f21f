import { after, hours, minutes, seconds } from '../kit/clock.ts';

/** The pauses between attempts: eight attempts in a little more than a day. */
const pauses = [seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(10)];

/** An event that is older than this, after waiting in its lane, gets no second attempt. */
const longestWait = hours(36);

export interface Tries {
  /** The number of failed attempts, the last one included. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Returns the time of the next attempt; undefined: none. `random` is from 0 to 1. */
export function nextTry({ attempts, createdAt }: Tries, now: Date, random: number): Date | undefined {
  const pause = pauses[attempts - 1];
  if (pause === undefined || after(createdAt, longestWait) < now) return undefined;
  // Jitter, so that deliveries that failed together are not retried together.
  return after(now, pause * (1 + random / 5));
}

/** Returns the pause of an endpoint after so many failures in a row, in milliseconds. It applies to all its deliveries. */
export function endpointPause(failuresInARow: number): number {
  return failuresInARow < 3 ? 0 : Math.min(minutes(1), seconds(2 ** Math.min(failuresInARow - 3, 10)));
}
