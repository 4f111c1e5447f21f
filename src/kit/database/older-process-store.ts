import type pg from 'pg';

/** The name of this version's sessions in pg_stat_activity. Versions that do not tag rows are called `symbolon`. */
export const sessionName = 'symbolon-tagged';

/**
 * Returns whether a process of a version that writes rows without tags may still run. Sessions that an operator has
 * named otherwise do not tell their version, so an hour is waited.
 */
export async function olderProcessRuns(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ older: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'symbolon')
       OR current_setting('application_name') <> $1
         AND EXISTS (SELECT 1 FROM row_tag_key WHERE created_at > now() - interval '1 hour') AS older`,
    [sessionName],
  );
  return rows[0]?.older ?? false;
}
