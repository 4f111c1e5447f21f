/** The only way to the system's clock, so that a test can set the time. */
export interface Clock {
  now(): Date;
  /** `monotonic`, where the clock goes by the system's. */
  readonly monotonic?: () => number;
}

export const systemClock: Clock = { now: () => new Date(), monotonic };

/** Returns milliseconds by a clock that is never set back. Only the difference of two readings has a meaning. */
export function monotonic(): number {
  return performance.now();
}

export function seconds(count: number): number {
  return count * 1000;
}

export function minutes(count: number): number {
  return seconds(count * 60);
}

export function hours(count: number): number {
  return minutes(count * 60);
}

export function days(count: number): number {
  return hours(count * 24);
}

export function after(moment: Date, milliseconds: number): Date {
  return new Date(moment.getTime() + milliseconds);
}

export function before(moment: Date, milliseconds: number): Date {
  return after(moment, -milliseconds);
}
