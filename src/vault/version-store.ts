import type pg from 'pg';

export interface EntryVersion {
  readonly identityId: string;
  readonly version: number;
}

/** Reads the versions of entries, to compare them with the audit. */
export interface VersionStore {
  /** Returns entries by identity, after this one. */
  after(identityId: string, limit: number): Promise<readonly EntryVersion[]>;
}

export function createVersionStore(pool: pg.Pool): VersionStore {
  const text = `SELECT identity_id AS "identityId", version FROM vault_entry WHERE identity_id > $1
    ORDER BY identity_id LIMIT $2`;
  return {
    after: async (identityId, limit) => (await pool.query<EntryVersion>(text, [identityId, limit])).rows,
  };
}
