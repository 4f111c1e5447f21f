import type pg from 'pg';

/** What a restored backup has brought back: tokens of which nobody knows whether the provider still takes them. */
export interface UnverifiedStore {
  /** Those that are held and not known to be dead. */
  count(): Promise<{ readonly active: number; readonly unverified: number }>;
  /** Takes so many as unverified, in the order of their ids. */
  mark(after: string, limit: number): Promise<Marked>;
}

export interface Marked {
  readonly count: number;
  /** Where to go on; undefined: that was all. */
  readonly next: string | undefined;
}

// What is refused may have been rotated since: it is then said to be lost, and not to be rejected.
const mark = `WITH page AS (
    SELECT identity_id FROM vault_entry WHERE identity_id > $1 ORDER BY identity_id LIMIT $2
  ), marked AS (
    UPDATE vault_entry e SET unverified = true, in_doubt = in_doubt OR refreshable
    FROM page WHERE e.identity_id = page.identity_id AND e.state = 'active' RETURNING e.identity_id
  )
  SELECT (SELECT count(*)::int FROM marked) AS count, max(identity_id) AS next FROM page`;

export function createUnverifiedStore(pool: pg.Pool): UnverifiedStore {
  return {
    async count() {
      const text = `SELECT count(*)::int AS active, (count(*) FILTER (WHERE unverified))::int AS unverified
        FROM vault_entry WHERE state = 'active'`;
      const { rows } = await pool.query<{ active: number; unverified: number }>(text);
      return rows[0] ?? { active: 0, unverified: 0 };
    },
    async mark(after, limit) {
      const { rows } = await pool.query<{ count: number; next: string | null }>(mark, [after, limit]);
      const [{ count = 0, next = null } = {}] = rows;
      return { count, next: next ?? undefined };
    },
  };
}
