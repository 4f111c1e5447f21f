import type pg from 'pg';
import { hashOf } from '../kit/ids.ts';

export interface AccountSessionStore {
  /** Ends every session of a person on our pages but the one named. */
  endOthers(userId: string, exceptSessionId: string | undefined): Promise<void>;
}

export function createAccountSessionStore(pool: pg.Pool): AccountSessionStore {
  return {
    async endOthers(userId, exceptSessionId) {
      const kept = exceptSessionId === undefined ? '' : hashOf(exceptSessionId);
      await pool.query(`DELETE FROM browser_session WHERE sess->>'userId' = $1 AND sid <> $2`, [
        userId,
        kept,
      ]);
    },
  };
}
