import type pg from 'pg';
import { longestGap } from './reachability.ts';

/**
 * Asks for what a save would need: entries and journal can be written, so that neither a lock nor a server that only reads
 * stands in the way. Returns for how many milliseconds, without a break, at least one process has been able to.
 */
export function createReachabilityProbe(pool: pg.Pool): () => Promise<number> {
  return async () => {
    // In SQL, since the database's clock counts for all processes alike.
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
