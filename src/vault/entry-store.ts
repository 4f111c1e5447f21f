import type pg from 'pg';
import { isForeignKeyViolation } from '../kit/database/database.ts';
import { createTogether } from '../kit/database/together.ts';
import type { Due, Entry, NearEnd, Save, TokenColumns } from './entry.ts';
import { closingIntent, createVerdicts, type EntryVerdicts } from './verdict-store.ts';

/** Each method is one atomic act on one entry. */
export interface EntryStore extends EntryVerdicts {
  find(identityId: string): Promise<Entry | undefined>;
  findMany(identityIds: readonly string[]): Promise<readonly Entry[]>;
  /** False: there is an entry already. */
  insert(
    place: { identityId: string; connectionId: string },
    tokens: TokenColumns,
    now: Date,
  ): Promise<boolean>;
  /** Puts a token set in place of version `from`. False: the entry has moved on. */
  supersede(identityId: string, from: number, save: Save): Promise<boolean>;
  /** The lease, when it is free, the same owner's, or has run out; with the entry as it is under the lease. */
  acquireLease(identityId: string, owner: string, seconds: number): Promise<Leased | undefined>;
  releaseLease(identityId: string, owner: string): Promise<void>;
  /** Journals that the provider is about to be asked. False: the entry has gone or moved on, or the lease nearly so. */
  writeIntent(identityId: string, version: number, owner: string): Promise<boolean>;
  clearIntent(identityId: string): Promise<void>;
  /** The provider has been asked, and takes the token. */
  markVerified(identityId: string, version: number): Promise<void>;
  touch(identityIds: readonly string[], now: Date): Promise<void>;
  /** Entries whose journal entry is older than so many seconds and not being worked on: ids, oldest first. */
  findUnfinished(seconds: number, limit: number): Promise<readonly string[]>;
  /** What should be refreshed before anybody asks: ids, the nearest end first, and last what a backup brought back. */
  findDue(due: Due): Promise<readonly string[]>;
  /** Notes, and answers, whose unmovable end is nearer than so many seconds; each is answered once. */
  announceEnds(connectionId: string, seconds: number, limit: number): Promise<readonly NearEnd[]>;
}

export interface Leased {
  readonly entry: Entry;
  /** The provider was asked before with this very token set, and no answer was saved. */
  readonly unfinished: Unfinished | undefined;
}

/** A journal entry that nobody closed. */
export interface Unfinished {
  /** The process that wrote it. */
  readonly owner: string;
  /** Seconds since then, by the database's clock. */
  readonly age: number;
}

const columns = `identity_id AS "identityId", ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version, state,
  state_reason AS "stateReason", state_since AS "stateSince", granted_scopes AS "grantedScopes", refreshable,
  access_expires_at AS "accessExpiresAt", refresh_expires_at AS "refreshExpiresAt", absolute_cap_at AS "absoluteCapAt",
  lease_owner AS "leaseOwner", lease_until AS "leaseUntil", deposited_at AS "depositedAt",
  last_refreshed_at AS "lastRefreshedAt", last_used_at AS "lastUsedAt", last_error AS "lastError",
  last_error_at AS "lastErrorAt", retry_at AS "retryAt", failures, in_doubt AS "inDoubt", unverified,
  refused_since AS "refusedSince", refusals, refused_words AS "refusedWords", client_id AS "clientId"`;

/** Of the journal entry that belongs to the row's present token set. */
function ofIntent(expression: string): string {
  const mine = 'i.identity_id = vault_entry.identity_id AND i.version = vault_entry.version';
  return `(SELECT ${expression} FROM refresh_intent i WHERE ${mine})`;
}

export function createEntryStore(pool: pg.Pool): EntryStore {
  const changed = async (text: string, values: unknown[]) =>
    ((await pool.query(text, values)).rowCount ?? 0) > 0;
  const findMany = async (identityIds: readonly string[]) => {
    const text = `SELECT ${columns} FROM vault_entry WHERE identity_id = ANY($1)`;
    return (await pool.query<Entry>({ name: 'vault-find', text, values: [identityIds] })).rows;
  };

  return {
    find: createTogether(
      async (identityIds) => new Map((await findMany(identityIds)).map((entry) => [entry.identityId, entry])),
    ),
    findMany,
    insert: ({ identityId, connectionId }, tokens, now) =>
      changed(
        `INSERT INTO vault_entry (identity_id, ciphertext, wrapped_key, key_id, granted_scopes, refreshable,
           access_expires_at, refresh_expires_at, absolute_cap_at, deposited_at, state_since, connection_id, client_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12) ON CONFLICT DO NOTHING`,
        [identityId, ...tokenValues(tokens), now, connectionId, tokens.clientId],
      ),
    supersede: (identityId, from, { tokens, now, by, revives, refreshed = from, dead }) =>
      changed(
        `WITH saved AS (UPDATE vault_entry SET ciphertext = $2, wrapped_key = $3, key_id = $4, granted_scopes = $5, refreshable = $6,
           access_expires_at = $7, refresh_expires_at = $8, absolute_cap_at = $9, version = version + 1,
           state_since = CASE WHEN state = 'active' AND $16::text IS NULL THEN state_since ELSE $10 END,
           state = CASE WHEN $16::text IS NULL THEN 'active' ELSE 'reauthorization_required' END, state_reason = $16,
           last_refreshed_at = CASE WHEN $11 THEN $10 ELSE last_refreshed_at END,
           deposited_at = CASE WHEN $18 THEN $10 ELSE deposited_at END,
           last_error = $17, last_error_at = CASE WHEN $17::text IS NOT NULL THEN $10 END, retry_at = NULL, failures = 0,
           in_doubt = false, unverified = $19, refused_since = NULL, refusals = 0, refused_words = NULL,
           client_id = COALESCE($15, client_id),
           end_announced_at = CASE WHEN absolute_cap_at IS NOT DISTINCT FROM $9 THEN end_announced_at END
         WHERE identity_id = $1 AND version = $12 AND ($13 OR state = 'active') RETURNING identity_id), ${closingIntent('saved', '$14')}
         SELECT FROM saved`,
        [
          ...[identityId, ...tokenValues(tokens), now, by === 'refresh', from, revives, refreshed],
          ...[tokens.clientId, dead?.reason, dead?.error, by === 'deposit', by === 'parting'],
        ],
      ),
    async acquireLease(identityId, owner, seconds) {
      // The database's clock decides about leases, so that processes need not agree on the time. The same owner's may be
      // what a server that was stopped has done when it went on, though no caller has waited for its answer.
      const { rows } = await pool.query<Entry & { intentOwner: string | null; intentAge: number }>(
        `UPDATE vault_entry SET lease_owner = $2, lease_until = now() + make_interval(secs => $3)
         WHERE identity_id = $1 AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
         RETURNING ${columns}, ${ofIntent('owner')} AS "intentOwner",
           ${ofIntent('extract(epoch FROM now() - started_at)::float8')} AS "intentAge"`,
        [identityId, owner, seconds],
      );
      const [row] = rows;
      if (!row) return undefined;
      const { intentOwner, intentAge: age } = row;
      return { entry: row, unfinished: intentOwner === null ? undefined : { owner: intentOwner, age } };
    },
    async releaseLease(identityId, owner) {
      const text =
        'UPDATE vault_entry SET lease_owner = NULL, lease_until = NULL WHERE identity_id = $1 AND lease_owner = $2';
      await pool.query(text, [identityId, owner]);
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
          if (isForeignKeyViolation(error)) return false;
          throw error;
        },
      );
    },
    async clearIntent(identityId) {
      await pool.query('DELETE FROM refresh_intent WHERE identity_id = $1', [identityId]);
    },
    ...createVerdicts(pool),
    async markVerified(identityId, version) {
      const text = `UPDATE vault_entry SET unverified = false, failures = 0, last_error = NULL, last_error_at = NULL
        WHERE identity_id = $1 AND version = $2 AND unverified`;
      await pool.query(text, [identityId, version]);
    },
    async touch(identityIds, now) {
      // Whoever is at work on a row need not be waited for: it will be touched the next time.
      const text = `UPDATE vault_entry SET last_used_at = $2 WHERE identity_id IN
        (SELECT identity_id FROM vault_entry WHERE identity_id = ANY($1) FOR UPDATE SKIP LOCKED)`;
      await pool.query(text, [identityIds, now]);
    },
    async findUnfinished(seconds, limit) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT e.identity_id AS id FROM refresh_intent i JOIN vault_entry e USING (identity_id)
         WHERE i.started_at < now() - make_interval(secs => $1) AND (e.lease_until IS NULL OR e.lease_until < now())
           AND (e.retry_at IS NULL OR e.retry_at <= now()) ORDER BY i.started_at LIMIT $2`,
        [seconds, limit],
      );
      return rows.map(({ id }) => id);
    },
    async findDue({ connectionId, lead, keepAlive, usedWithin, limit }) {
      // A fifth of its life is lead enough for a short-lived token. The hash spreads what ends together by a quarter.
      const life = '(access_expires_at - GREATEST(deposited_at, last_refreshed_at))';
      const spread = '(0.75 + 0.25 * ((hashtext(identity_id) & 1023) / 1023.0))';
      const { rows } = await pool.query<{ id: string }>(
        `SELECT identity_id AS id FROM vault_entry
         WHERE connection_id = $1 AND state = 'active'
           AND (lease_until IS NULL OR lease_until < now()) AND (retry_at IS NULL OR retry_at <= now())
           AND (unverified OR refreshable
             AND (access_expires_at < now() + LEAST(make_interval(secs => $2), ${life} / 5) * ${spread}
                  AND access_expires_at > now() AND last_used_at > now() - make_interval(secs => $3)
               OR GREATEST(deposited_at, last_refreshed_at) < now() - make_interval(secs => $4)))
         ORDER BY unverified, access_expires_at LIMIT $5`,
        [connectionId, lead, usedWithin, keepAlive ?? null, limit],
      );
      return rows.map(({ id }) => id);
    },
    async announceEnds(connectionId, seconds, limit) {
      const end =
        'LEAST(refresh_expires_at, absolute_cap_at, CASE WHEN refreshable THEN NULL ELSE access_expires_at END)';
      const { rows } = await pool.query<NearEnd>(
        `UPDATE vault_entry SET end_announced_at = now() WHERE identity_id IN (
           SELECT identity_id FROM vault_entry WHERE connection_id = $1 AND state = 'active' AND end_announced_at IS NULL
             AND ${end} BETWEEN now() AND now() + make_interval(secs => $2) LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING identity_id AS "identityId", ${end} AS "endsAt"`,
        [connectionId, seconds, limit],
      );
      return rows;
    },
  };
}

export function tokenValues(tokens: TokenColumns): unknown[] {
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
