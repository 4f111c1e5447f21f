import type pg from 'pg';

/** Counts for the gauges. SQL: aggregates with the database's clock. Each reads whole tables, so call them seldom. */
export interface GaugeStore {
  entries(): Promise<readonly EntryCount[]>;
  /** Returns by how many seconds the sweep is late with tokens that apps use, for connections where it is late. */
  lag(): Promise<readonly { readonly connectionId: string; readonly seconds: number }[]>;
  unfinished(): Promise<Backlog>;
  queuedRevocations(): Promise<Backlog>;
}

export interface EntryCount {
  readonly connectionId: string;
  readonly state: string;
  readonly reason: string;
  readonly count: number;
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
    async entries() {
      const { rows } = await pool.query<EntryCount>(
        `SELECT connection_id AS "connectionId",
           CASE WHEN state <> 'active' THEN state WHEN lease_until > now() THEN 'refreshing'
             WHEN failures > 0 THEN 'retrying' ELSE state END AS state,
           coalesce(state_reason, '') AS reason, count(*)::int FROM vault_entry GROUP BY 1, 2, 3`,
      );
      return rows;
    },
    async lag() {
      // Seven days without a retrieval: the sweep does not refresh such tokens ahead.
      const { rows } = await pool.query<{ connectionId: string; seconds: number }>(
        `SELECT connection_id AS "connectionId", extract(epoch FROM now() - min(access_expires_at))::float8 AS seconds
         FROM vault_entry WHERE state = 'active' AND refreshable AND access_expires_at < now() AND isfinite(access_expires_at)
           AND last_used_at > access_expires_at - interval '7 days' AND failures = 0 GROUP BY 1`,
      );
      return rows;
    },
    unfinished: () => one(`${backlog('started_at')} FROM refresh_intent`),
    queuedRevocations: () => one(`${backlog('created_at')} FROM departure WHERE state = 'pending'`),
  };
}
