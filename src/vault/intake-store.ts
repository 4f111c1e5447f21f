import type pg from 'pg';
import type { TokenColumns } from './entry.ts';

/** New entries by the hundred. */
export interface EntryIntakeStore {
  /** Answers which were new; an entry that is there stays as it is. */
  insertMany(entries: readonly NewEntry[], now: Date): Promise<ReadonlySet<string>>;
}

export interface NewEntry extends TokenColumns {
  readonly identityId: string;
  readonly connectionId: string;
}

const insert = `INSERT INTO vault_entry (identity_id, connection_id, ciphertext, wrapped_key, key_id, granted_scopes,
    refreshable, access_expires_at, refresh_expires_at, absolute_cap_at, client_id, deposited_at, state_since)
  SELECT identity_id, connection_id, ciphertext, wrapped_key, key_id, ARRAY(SELECT jsonb_array_elements_text(scopes)),
    refreshable, access_expires_at, refresh_expires_at, absolute_cap_at, client_id, $12, $12
  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::text[], $6::jsonb[], $7::boolean[],
    $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[])
    AS e (identity_id, connection_id, ciphertext, wrapped_key, key_id, scopes, refreshable, access_expires_at,
      refresh_expires_at, absolute_cap_at, client_id)
  ON CONFLICT DO NOTHING RETURNING identity_id AS id`;

export function createEntryIntakeStore(pool: pg.Pool): EntryIntakeStore {
  return {
    async insertMany(entries, now) {
      if (entries.length === 0) return new Set();
      const column = <T>(value: (entry: NewEntry) => T) => entries.map(value);
      const { rows } = await pool.query<{ id: string }>(insert, [
        column((entry) => entry.identityId),
        column((entry) => entry.connectionId),
        column((entry) => entry.ciphertext),
        column((entry) => entry.wrappedKey),
        column((entry) => entry.keyId),
        column((entry) => JSON.stringify(entry.grantedScopes)),
        column((entry) => entry.refreshable),
        column((entry) => entry.accessExpiresAt),
        column((entry) => entry.refreshExpiresAt),
        column((entry) => entry.absoluteCapAt),
        column((entry) => entry.clientId),
        now,
      ]);
      return new Set(rows.map(({ id }) => id));
    },
  };
}
