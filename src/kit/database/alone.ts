import type pg from 'pg';

/** Runs work in one transaction, in one process at a time. */
export type Alone<Session> = <T>(work: (session: Session) => Promise<T>) => Promise<T | undefined>;

/**
 * Returns a function that runs work under an advisory lock, given as an SQL expression. It returns undefined, without
 * running the work, while another process holds the lock.
 */
export function createAlone<Session>(
  pool: Pick<pg.Pool, 'connect'>,
  lock: string,
  sessionOf: (client: pg.PoolClient) => Session,
): Alone<Session> {
  // This lock is held until the transaction ends, so that it also works through a transaction pooler.
  const take = `SELECT pg_try_advisory_xact_lock(${lock}) AS locked`;
  return async (work) => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<{ locked: boolean }>(take);
      const result = rows[0]?.locked ? await work(sessionOf(client)) : undefined;
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  };
}
