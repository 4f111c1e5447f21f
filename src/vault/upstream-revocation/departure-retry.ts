import { after, days, hours, minutes, seconds } from '../../kit/clock.ts';
import type { Departure } from './departure.ts';

/** From here on it is the person's own to end. */
const patience = days(3);
const firstPause = seconds(10);
const longestPause = hours(6);

/** When to ask again after this attempt has failed; undefined: no more. The last time is when patience ends. */
export function nextAttempt(
  { attempts, createdAt }: Pick<Departure, 'attempts' | 'createdAt'>,
  { now, retryAfter = 0, random = Math.random }: { now: Date; retryAfter?: number; random?: () => number },
): Date | undefined {
  const end = after(createdAt, patience);
  if (now >= end) return undefined;
  const pause = Math.min(longestPause, firstPause * 3 ** Math.min(attempts - 1, 20));
  // Departures of one moment, such as those of a whole connection, do not come back in one moment.
  const jittered = pause * (0.8 + random() * 0.4);
  const left = end.getTime() - now.getTime();
  return after(now, Math.min(left, Math.max(jittered, seconds(retryAfter))));
}

/** A provider in trouble is not asked for all others of its connection in the meantime. */
export function holdBackUntil(now: Date, retryAfter: number | undefined): Date {
  return after(now, Math.min(minutes(5), Math.max(seconds(20), seconds(retryAfter ?? 0))));
}
