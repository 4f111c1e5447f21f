import type pg from 'pg';
import { longestGap } from './reachability.ts';

/**
 * Probes what a save needs: entries and journal can be written, and neither a lock nor a read-only server is in the way.
 * Returns for how many milliseconds at least one process has been able to save without an outage.
 */
export function createReachabilityProbe(pool: pg.Pool): () => Promise<number> {
  return async () => {
    // SQL: the database's clock counts for all processes alike, and one statement tries three tables.
    const { rows } = await pool.query<{ unbroken: number }>(
      `WITH intent AS (DELETE FROM refresh_intent WHERE false),
         entry AS (UPDATE vault_entry SET version = version WHERE false)
       INSERT INTO database_contact AS c (id, since, last) VALUES (1, clock_timestamp(), clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET last = clock_timestamp(),
         since = CASE WHEN c.last < clock_timestamp() - make_interval(secs => $1)
           THEN clock_timestamp() ELSE c.since END
       RETURNING (1000 * extract(epoch FROM clock_timestamp() - since))::float8 AS unbroken`,
      [longestGap / 1000],
    );
    return Math.max(0, rows[0]?.unbroken ?? 0);
  };
}
