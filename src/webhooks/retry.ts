import { after, hours, minutes, seconds } from '../kit/clock.ts';

/** Between one try and the next: eight tries in a little more than a day. */
const pauses = [seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(10)];

/** An event that waited behind others until it was older than this gets no second try. */
const patience = hours(36);

export interface Tries {
  /** Failed so far, the last one included. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** When to try again; undefined: no more. `random` is from 0 to 1. */
export function nextTry({ attempts, createdAt }: Tries, now: Date, random: number): Date | undefined {
  const pause = pauses[attempts - 1];
  if (pause === undefined || after(createdAt, patience) < now) return undefined;
  // Spread, so that what failed together does not come back together.
  return after(now, pause * (1 + random / 5));
}

/** How long an endpoint is left alone after so many failures in a row, whatever its deliveries would want. */
export function breather(failuresInARow: number): number {
  return failuresInARow < 3 ? 0 : Math.min(minutes(1), seconds(2 ** Math.min(failuresInARow - 3, 10)));
}
