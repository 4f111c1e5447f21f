import type pg from 'pg';
import { hashOf } from '../kit/ids.ts';

/** The sessions of our own pages, by person. */
export interface BrowserSessionStore {
  /** Ends every session of a person but the one named. */
  endOthers(userId: string, exceptSessionId: string | undefined): Promise<void>;
  /** Those that nobody can go on with, since their cookie is over. */
  removeExpired(): Promise<void>;
  /** Everybody's. Answers how many. */
  endAll(): Promise<number>;
}

export function createBrowserSessionStore(pool: pg.Pool): BrowserSessionStore {
  return {
    async endOthers(userId, exceptSessionId) {
      const kept = exceptSessionId === undefined ? '' : hashOf(exceptSessionId);
      await pool.query(`DELETE FROM browser_session WHERE sess->>'userId' = $1 AND sid <> $2`, [
        userId,
        kept,
      ]);
    },
    async removeExpired() {
      await pool.query('DELETE FROM browser_session WHERE expire < now()');
    },
    endAll: async () => (await pool.query('DELETE FROM browser_session')).rowCount ?? 0,
  };
}
