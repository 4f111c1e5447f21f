import type pg from 'pg';

/** Counts for the gauges. SQL: aggregates with the database's clock. */
export interface GaugeStore {
  /** Counts the next `size` entries in the order of their ids. */
  entries(after: string, size: number): Promise<CountedPart>;
  unfinished(): Promise<Backlog>;
  queuedRevocations(): Promise<Backlog>;
}

export interface CountedPart {
  readonly counts: readonly EntryCount[];
  /** The last id of the part. Undefined: no entry comes after it. */
  readonly last: string | undefined;
}

/** The entries of a connection in one state. */
export interface EntryCount {
  readonly connectionId: string;
  readonly state: string;
  readonly reason: string;
  readonly count: number;
  /** By how many seconds the sweep is late with tokens that apps use. Null: it is not. */
  readonly lag: number | null;
}

export interface Backlog {
  readonly count: number;
  /** Seconds since the oldest row was written. */
  readonly age: number;
}

const backlog = (since: string) =>
  `SELECT count(*)::int AS count, coalesce(extract(epoch FROM now() - min(${since})), 0)::float8 AS age`;

export function createGaugeStore(pool: pg.Pool): GaugeStore {
  const one = async (text: string) => (await pool.query<Backlog>(text)).rows[0] ?? { count: 0, age: 0 };
  return {
    async entries(after, size) {
      // Seven days without a retrieval: the sweep does not refresh such tokens ahead.
      const { rows } = await pool.query<EntryCount & { last: string }>(
        `WITH part AS MATERIALIZED (
           SELECT identity_id, connection_id, state, state_reason, lease_until, failures, refreshable, access_expires_at, last_used_at
           FROM vault_entry WHERE identity_id > $1 ORDER BY identity_id LIMIT $2)
         SELECT connection_id AS "connectionId",
           CASE WHEN state <> 'active' THEN state WHEN lease_until > now() THEN 'refreshing'
             WHEN failures > 0 THEN 'retrying' ELSE state END AS state,
           coalesce(state_reason, '') AS reason, count(*)::int,
           extract(epoch FROM now() - min(access_expires_at) FILTER (WHERE state = 'active' AND refreshable
             AND access_expires_at < now() AND isfinite(access_expires_at)
             AND last_used_at > access_expires_at - interval '7 days' AND failures = 0))::float8 AS lag,
           (SELECT max(identity_id) FROM part) AS last
         FROM part GROUP BY 1, 2, 3`,
        [after, size],
      );
      const seen = rows.reduce((sum, { count }) => sum + count, 0);
      return { counts: rows, last: seen < size ? undefined : rows[0]?.last };
    },
    unfinished: () => one(`${backlog('started_at')} FROM refresh_intent`),
    queuedRevocations: () => one(`${backlog('created_at')} FROM departure WHERE state = 'pending'`),
  };
}
