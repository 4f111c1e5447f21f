import { systemClock } from '../kit/clock.ts';

/**
 * Returns the system's time. oidc-provider writes and compares its times by it, so code that compares with those times
 * reads it too, in place of the clock that tests move.
 */
export function systemTime(): Date {
  return systemClock.now();
}
