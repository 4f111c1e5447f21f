import type pg from 'pg';
import { isForeignKeyViolation } from '../kit/database/database.ts';
import { type Entry, entryColumns } from './entry.ts';

/**
 * The lease of an entry and the journal of its refresh. Each method is one atomic act. All of it is SQL: the database's
 * clock decides about leases and journal, so that processes need not agree on the time.
 */
export interface EntryLeases {
  /**
   * Takes the lease if it is free, has run out, or is the same owner's. Returns the entry as it is under the lease, or
   * undefined if another process has the lease.
   */
  acquireLease(identityId: string, owner: string, seconds: number): Promise<Leased | undefined>;
  releaseLease(identityId: string, owner: string): Promise<void>;
  /**
   * Journals that the provider is about to be asked. Returns false if the entry is gone or has another version, or if
   * the lease ends within 15 s.
   */
  writeIntent(identityId: string, version: number, owner: string): Promise<boolean>;
  clearIntent(identityId: string): Promise<void>;
}

export interface Leased {
  readonly entry: Entry;
  /** Set: the provider was asked before with this very token set, and no answer was saved. */
  readonly unfinished: Unfinished | undefined;
}

/** An open journal row. */
export interface Unfinished {
  /** The process that wrote it. */
  readonly owner: string;
  /** Seconds since then, by the database's clock. */
  readonly age: number;
}

/** SQL for a column of the journal row of the entry's present token set. */
function ofIntent(expression: string): string {
  const mine = 'i.identity_id = vault_entry.identity_id AND i.version = vault_entry.version';
  return `(SELECT ${expression} FROM refresh_intent i WHERE ${mine})`;
}

const acquiring = `UPDATE vault_entry SET lease_owner = $2, lease_until = now() + make_interval(secs => $3)
  WHERE identity_id = $1 AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
  RETURNING ${entryColumns}, ${ofIntent('owner')} AS "intentOwner",
    ${ofIntent('extract(epoch FROM now() - started_at)::float8')} AS "intentAge"`;
const releasing =
  'UPDATE vault_entry SET lease_owner = NULL, lease_until = NULL WHERE identity_id = $1 AND lease_owner = $2';
/** The statements that change the lease alone. */
export const leaseStatements: readonly string[] = [acquiring, releasing];

export function createLeaseStore(pool: pg.Pool): EntryLeases {
  return {
    async acquireLease(identityId, owner, seconds) {
      // The lease of the same owner may come from a statement that a stopped server carried out late, after its caller
      // had given up.
      const { rows } = await pool.query<Entry & { intentOwner: string | null; intentAge: number }>(
        acquiring,
        [identityId, owner, seconds],
      );
      const [row] = rows;
      if (!row) return undefined;
      const { intentOwner, intentAge: age } = row;
      return { entry: row, unfinished: intentOwner === null ? undefined : { owner: intentOwner, age } };
    },
    async releaseLease(identityId, owner) {
      await pool.query(releasing, [identityId, owner]);
    },
    async writeIntent(identityId, version, owner) {
      const written = pool.query(
        `INSERT INTO refresh_intent AS i (identity_id, version, owner)
         SELECT identity_id, version, lease_owner FROM vault_entry
         WHERE identity_id = $1 AND version = $2 AND lease_owner = $3 AND lease_until > now() + interval '15 seconds'
         ON CONFLICT (identity_id) DO UPDATE SET version = $2, owner = $3, started_at = now(),
           attempts = CASE WHEN i.version = $2 THEN i.attempts + 1 ELSE 1 END`,
        [identityId, version, owner],
      );
      return await written.then(
        ({ rowCount }) => rowCount === 1,
        (error: unknown) => {
          // The entry was removed at the same time.
          if (isForeignKeyViolation(error)) return false;
          throw error;
        },
      );
    },
    async clearIntent(identityId) {
      await pool.query('DELETE FROM refresh_intent WHERE identity_id = $1', [identityId]);
    },
  };
}
