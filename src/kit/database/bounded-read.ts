import pg from 'pg';

/** Reads one statement after the other, each in the time that is left. */
type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[],
) => Promise<readonly Row[]>;

/** Milliseconds. The server stops a longer statement itself, so that it does not go on for a caller that has gone. */
const longest = 1_500;

/** Returns a function that reads with a time limit at the server. Its result is undefined if the time was not enough. */
export function createBoundedReads(pool: pg.Pool) {
  return async <T>(read: (query: Query) => Promise<T>): Promise<T | undefined> => {
    const client = await pool.connect();
    try {
      await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${longest}`);
      const result = await read(async (text, values) => (await client.query(text, [...values])).rows);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      const stopped = isCanceled(error);
      await client.query('ROLLBACK').then(
        () => client.release(),
        (lost: Error) => client.release(lost),
      );
      if (stopped) return undefined;
      throw error;
    }
  };
}

/** Query_canceled (SQLSTATE 57014). */
function isCanceled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}
