import { systemClock } from '../kit/clock.ts';

/**
 * Returns the system's time, which oidc-provider writes and compares. Code that handles those times reads it too, in place
 * of the clock that tests move.
 */
export function systemTime(): Date {
  return systemClock.now();
}
