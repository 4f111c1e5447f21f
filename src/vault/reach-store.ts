import type pg from 'pg';

/** Does nothing, and can be done only while entries and journal can be written: no lock, no server that only reads. */
export function createReach(pool: pg.Pool): () => Promise<void> {
  return async () => {
    await pool.query(`WITH intent AS (DELETE FROM refresh_intent WHERE false)
      UPDATE vault_entry SET version = version WHERE false`);
  };
}
