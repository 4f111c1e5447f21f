import type pg from 'pg';
import type { DeadReason } from '../connectors/failures.ts';
import type { Entry, TokenColumns } from './entry.ts';

/** Each method is one atomic act on one entry. */
export interface EntryStore {
  find(identityId: string): Promise<Entry | undefined>;
  findMany(identityIds: readonly string[]): Promise<readonly Entry[]>;
  /** False: there is an entry already. */
  insert(identityId: string, tokens: TokenColumns, now: Date): Promise<boolean>;
  /** Puts a token set in place of version `from`. False: the entry has moved on. */
  supersede(identityId: string, from: number, save: Save): Promise<boolean>;
  /** The lease, when it is free or has run out; with the entry as it is under the lease. */
  acquireLease(identityId: string, owner: string, seconds: number): Promise<Leased | undefined>;
  releaseLease(identityId: string, owner: string): Promise<void>;
  /** Journals that the provider is about to be asked. Answers how often this version was tried, this time included. */
  writeIntent(identityId: string, version: number, owner: string): Promise<number>;
  clearIntent(identityId: string): Promise<void>;
  /** False: the entry has moved on, so what was refused is no longer what is held. */
  markDead(
    identityId: string,
    version: number,
    death: { reason: DeadReason; error: string },
  ): Promise<boolean>;
  /** Shreds the token set; what is left says that there was one. */
  markRevoked(identityId: string): Promise<void>;
  markFailed(identityId: string, failure: { error: string; retryAt: Date }): Promise<void>;
  touch(identityId: string, now: Date): Promise<void>;
  /** How many entries each encryption key seals. */
  countByKey(): Promise<ReadonlyMap<string, number>>;
}

export interface Save {
  readonly tokens: TokenColumns;
  readonly now: Date;
  readonly by: 'refresh' | 'deposit';
}

export interface Leased {
  readonly entry: Entry;
  /** The provider was asked before with this very token set, and no answer was saved. */
  readonly unfinished: boolean;
}

const columns = `identity_id AS "identityId", ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version, state,
  state_reason AS "stateReason", state_since AS "stateSince", granted_scopes AS "grantedScopes", refreshable,
  access_expires_at AS "accessExpiresAt", refresh_expires_at AS "refreshExpiresAt", absolute_cap_at AS "absoluteCapAt",
  lease_owner AS "leaseOwner", lease_until AS "leaseUntil", deposited_at AS "depositedAt",
  last_refreshed_at AS "lastRefreshedAt", last_used_at AS "lastUsedAt", last_error AS "lastError",
  last_error_at AS "lastErrorAt", retry_at AS "retryAt", failures`;

export function createEntryStore(pool: pg.Pool): EntryStore {
  const changed = async (text: string, values: unknown[]) =>
    ((await pool.query(text, values)).rowCount ?? 0) > 0;

  return {
    async find(identityId) {
      const text = `SELECT ${columns} FROM vault_entry WHERE identity_id = $1`;
      return (await pool.query<Entry>({ name: 'vault-find', text, values: [identityId] })).rows[0];
    },
    async findMany(identityIds) {
      const text = `SELECT ${columns} FROM vault_entry WHERE identity_id = ANY($1)`;
      return (await pool.query<Entry>(text, [identityIds])).rows;
    },
    insert: (identityId, tokens, now) =>
      changed(
        `INSERT INTO vault_entry (identity_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable,
           access_expires_at, refresh_expires_at, absolute_cap_at, deposited_at, state_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING`,
        [identityId, ...tokenValues(tokens), now],
      ),
    supersede: (identityId, from, { tokens, now, by }) =>
      changed(
        `WITH intent AS (DELETE FROM refresh_intent WHERE identity_id = $1)
         UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3, key_id = $4, granted_scopes = $5, refreshable = $6,
           access_expires_at = $7, refresh_expires_at = $8, absolute_cap_at = $9, version = version + 1,
           state_since = CASE WHEN state = 'active' THEN state_since ELSE $10 END, state = 'active', state_reason = NULL,
           last_refreshed_at = CASE WHEN $11 THEN $10 ELSE last_refreshed_at END,
           deposited_at = CASE WHEN $11 THEN deposited_at ELSE $10 END,
           last_error = NULL, last_error_at = NULL, retry_at = NULL, failures = 0
         WHERE identity_id = $1 AND version = $12`,
        [identityId, ...tokenValues(tokens), now, by === 'refresh', from],
      ),
    async acquireLease(identityId, owner, seconds) {
      // The database's clock alone decides about leases, so that processes need not agree on the time.
      const { rows } = await pool.query<Entry & { unfinished: boolean }>(
        `UPDATE vault_entry SET lease_owner = $2, lease_until = now() + make_interval(secs => $3)
         WHERE identity_id = $1 AND (lease_until IS NULL OR lease_until < now())
         RETURNING ${columns}, EXISTS (SELECT FROM refresh_intent i
           WHERE i.identity_id = vault_entry.identity_id AND i.version = vault_entry.version) AS unfinished`,
        [identityId, owner, seconds],
      );
      const [row] = rows;
      return row && { entry: row, unfinished: row.unfinished };
    },
    async releaseLease(identityId, owner) {
      const text =
        'UPDATE vault_entry SET lease_owner = NULL, lease_until = NULL WHERE identity_id = $1 AND lease_owner = $2';
      await pool.query(text, [identityId, owner]);
    },
    async writeIntent(identityId, version, owner) {
      const { rows } = await pool.query<{ attempts: number }>(
        `INSERT INTO refresh_intent AS i (identity_id, version, owner) VALUES ($1, $2, $3)
         ON CONFLICT (identity_id) DO UPDATE SET version = $2, owner = $3, started_at = now(),
           attempts = CASE WHEN i.version = $2 THEN i.attempts + 1 ELSE 1 END
         RETURNING attempts`,
        [identityId, version, owner],
      );
      return rows[0]?.attempts ?? 1;
    },
    async clearIntent(identityId) {
      await pool.query('DELETE FROM refresh_intent WHERE identity_id = $1', [identityId]);
    },
    markDead: (identityId, version, { reason, error }) =>
      changed(
        `WITH intent AS (DELETE FROM refresh_intent WHERE identity_id = $1)
         UPDATE vault_entry SET state = 'reauthorization_required', state_reason = $3, state_since = now(),
           last_error = $4, last_error_at = now(), retry_at = NULL
         WHERE identity_id = $1 AND version = $2 AND state = 'active'`,
        [identityId, version, reason, error],
      ),
    async markRevoked(identityId) {
      await pool.query(
        `WITH intent AS (DELETE FROM refresh_intent WHERE identity_id = $1)
         UPDATE vault_entry SET state = 'revoked', state_reason = 'revoked_by_user', state_since = now(), retry_at = NULL,
           ciphertext = '', wrapped_key = '', refreshable = false, version = version + 1 WHERE identity_id = $1`,
        [identityId],
      );
    },
    async markFailed(identityId, { error, retryAt }) {
      await pool.query(
        `UPDATE vault_entry SET last_error = $2, last_error_at = now(), retry_at = $3, failures = failures + 1
         WHERE identity_id = $1`,
        [identityId, error, retryAt],
      );
    },
    async touch(identityId, now) {
      await pool.query('UPDATE vault_entry SET last_used_at = $2 WHERE identity_id = $1', [identityId, now]);
    },
    async countByKey() {
      const text = 'SELECT key_id AS id, count(*)::int AS entries FROM vault_entry GROUP BY key_id';
      const { rows } = await pool.query<{ id: string; entries: number }>(text);
      return new Map(rows.map(({ id, entries }) => [id, entries]));
    },
  };
}

function tokenValues(tokens: TokenColumns): unknown[] {
  return [
    tokens.ciphertext,
    tokens.wrappedKey,
    tokens.keyId,
    tokens.grantedScopes,
    tokens.refreshable,
    tokens.accessExpiresAt,
    tokens.refreshExpiresAt,
    tokens.absoluteCapAt,
  ];
}
