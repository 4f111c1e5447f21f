import type { Clock } from '../../src/kit/clock.ts';

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

/** Starts now and stands still until told to move. */
export function testClock(start = new Date()): TestClock {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
  };
}
