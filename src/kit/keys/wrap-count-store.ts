import type pg from 'pg';

export interface WrapCountStore {
  /** Adds to the count of a key. Returns the count of all processes. */
  add(keyId: string, count: number): Promise<number>;
  all(): Promise<ReadonlyMap<string, number>>;
}

// SQL: an upsert that adds to the stored value.
const upsert = `INSERT INTO key_wraps (key_id, wraps) VALUES ($1, $2)
  ON CONFLICT (key_id) DO UPDATE SET wraps = key_wraps.wraps + excluded.wraps RETURNING wraps::float8 AS wraps`;

export function createWrapCountStore(pool: pg.Pool): WrapCountStore {
  return {
    async add(keyId, count) {
      return (await pool.query<{ wraps: number }>(upsert, [keyId, count])).rows[0]?.wraps ?? count;
    },
    async all() {
      const text = 'SELECT key_id AS key, wraps::float8 AS wraps FROM key_wraps';
      const { rows } = await pool.query<{ key: string; wraps: number }>(text);
      return new Map(rows.map(({ key, wraps }) => [key, wraps]));
    },
  };
}
