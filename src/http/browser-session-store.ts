import type pg from 'pg';
import { hashOf } from '../kit/ids.ts';

/** The sessions of the broker's pages, by person. */
export interface BrowserSessionStore {
  /** Ends every session of a person but the one named; undefined: all of them. */
  endOthers(userId: string, exceptSessionId: string | undefined): Promise<void>;
  /** Ends those that began within one sign-on session of the person. */
  endOfSession(userId: string, sessionUid: string): Promise<void>;
  /** Ends every session of these people. */
  endOf(userIds: readonly string[]): Promise<void>;
  /** Removes sessions whose cookie has expired. */
  removeExpired(): Promise<void>;
  /** Ends the sessions of all people. Returns their number. */
  endAll(): Promise<number>;
}

/** Writes a session that is known to be in the table. Does nothing if it was ended meanwhile. */
export async function rewriteSession(
  pool: pg.Pool,
  { sidHash, sess, seconds }: { readonly sidHash: string; readonly sess: object; readonly seconds: number },
): Promise<void> {
  await pool.query(
    'UPDATE browser_session SET sess = $2, expire = now() + make_interval(secs => $3) WHERE sid = $1',
    [sidHash, JSON.stringify(sess), seconds],
  );
}

export function createBrowserSessionStore(pool: pg.Pool): BrowserSessionStore {
  return {
    async endOthers(userId, exceptSessionId) {
      // No session has the empty id.
      const keptId = exceptSessionId === undefined ? '' : hashOf(exceptSessionId);
      await pool.query(`DELETE FROM browser_session WHERE sess->>'userId' = $1 AND sid <> $2`, [
        userId,
        keptId,
      ]);
    },
    async endOfSession(userId, sessionUid) {
      await pool.query(
        `DELETE FROM browser_session WHERE sess->>'userId' = $1 AND sess->>'sessionUid' = $2`,
        [userId, sessionUid],
      );
    },
    async endOf(userIds) {
      await pool.query(`DELETE FROM browser_session WHERE sess->>'userId' = ANY($1::text[])`, [userIds]);
    },
    async removeExpired() {
      await pool.query('DELETE FROM browser_session WHERE expire < now()');
    },
    endAll: async () => (await pool.query('DELETE FROM browser_session')).rowCount ?? 0,
  };
}
