import { minutes, seconds } from '../../src/kit/clock.ts';
import {
  createReachabilityRecord,
  type Reachability,
  type ReachabilityRecord,
} from '../../src/vault/refresh/reachability.ts';

export interface PlayedReachability extends ReachabilityRecord {
  /** Lets a number of milliseconds pass in which the database answers every second, or does not. */
  pass(milliseconds: number, how: 'with the database' | 'without it'): void;
}

/** A process's record of its contact to the database, on a clock of the test. */
export function playedReachability(now?: () => number): PlayedReachability {
  let time = 0;
  const record = createReachabilityRecord(now ?? (() => time));
  return {
    ...record,
    pass(milliseconds, how) {
      for (const end = time + milliseconds; time < end; ) {
        if (how === 'with the database') record.touch();
        else record.lose();
        time = Math.min(end, time + seconds(1));
      }
      if (how === 'with the database') record.touch();
    },
  };
}

/** A record of a process that has had contact since long before the test. */
export function reachableForLong(): Reachability {
  const reachability = playedReachability();
  reachability.pass(minutes(10), 'with the database');
  return reachability;
}
