import { systemClock } from '../kit/clock.ts';

/** oidc-provider stamps and compares with the system's time, so whatever meets its stamps is told by that too. */
export function oidcTime(): Date {
  return systemClock.now();
}
