import type pg from 'pg';

/** Marks the entries of a restored backup: the provider may not accept their tokens any more. SQL: aggregates and pages. */
export interface UnverifiedStore {
  /** Counts the entries that are not known to be dead. */
  count(): Promise<{ readonly active: number; readonly unverified: number }>;
  /** Marks the next `limit` entries as unverified, in the order of their ids. */
  mark(after: string, limit: number): Promise<Marked>;
}

export interface Marked {
  readonly count: number;
  /** The id after which the next page starts; undefined: this was the last page. */
  readonly next: string | undefined;
}

// A refused token may have been rotated since the backup: the reason is then `rotation_lost`, not `rejected`.
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
