import { after, days, hours, minutes, seconds } from '../../kit/clock.ts';
import type { QueuedRevocation } from './queued-revocation.ts';

/** Milliseconds. After this time the queue gives up, and the person has to end the grant at the provider. */
const longestRetry = days(3);
/** Milliseconds between attempts. */
const firstPause = seconds(10);
const longestPause = hours(6);

/**
 * Returns the time of the next attempt after a failed one. The pauses triple, with jitter, up to 6 hours. The last attempt
 * is at the end of the three days. Returns undefined after that. `retryAfter`:
 * seconds that the provider asks for.
 */
export function nextAttempt(
  { attempts, createdAt }: Pick<QueuedRevocation, 'attempts' | 'createdAt'>,
  { now, retryAfter = 0, random = Math.random }: { now: Date; retryAfter?: number; random?: () => number },
): Date | undefined {
  const end = after(createdAt, longestRetry);
  if (now >= end) return undefined;
  const pause = Math.min(longestPause, firstPause * 3 ** Math.min(attempts - 1, 20));
  // The revocations of a removed connection are queued at one time. Jitter keeps their retries apart.
  const jittered = pause * (0.8 + random() * 0.4);
  const left = end.getTime() - now.getTime();
  return after(now, Math.min(left, Math.max(jittered, seconds(retryAfter))));
}

/** Returns until when no other revocation of the connection is attempted, after its provider was unavailable. */
export function delayUntil(now: Date, retryAfter: number | undefined): Date {
  return after(now, Math.min(minutes(5), Math.max(seconds(20), seconds(retryAfter ?? 0))));
}
