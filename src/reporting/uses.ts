import type pg from 'pg';
import { after, type Clock, days } from '../kit/clock.ts';
import { type Activity, type ActivityQuery, readActivity } from './activity-list-store.ts';
import { noteUsesSeen } from './app-use-store.ts';
import { type AppUse, readUses } from './uses-list-store.ts';

/** The uses of a person's accounts by apps. */
export interface Uses {
  /** Returns the uses of the person's linked identities, the latest first, with those of the last minute. */
  ofUser(userId: string): Promise<readonly AppUse[]>;
  /**
   * Returns uses, refused tries and acts of operators on the person, the latest first. The page is a keyset page: `after`
   * is the last item of the page before.
   */
  activityOf(userId: string, query: ActivityQuery): Promise<readonly Activity[]>;
  /** Notes that the person has seen the notices of the first uses so far. */
  noteSeen(userId: string): Promise<void>;
}

export function createUses(pool: Pick<pg.ClientBase, 'query'>, clock: Clock): Uses {
  return {
    ofUser: (userId) => readUses(pool, userId, after(clock.now(), -days(7))),
    activityOf: (userId, query) => readActivity(pool, userId, query),
    noteSeen: (userId) => noteUsesSeen(pool, userId, clock.now()),
  };
}
