import type pg from 'pg';
import { createBatchedLookup, matching } from '../kit/database/batched-lookup.ts';
import type { Database } from '../kit/database/database.ts';
import { isDatabaseUnavailable } from '../kit/database/database-errors.ts';
import { createHeardRows, type HeardRows } from '../kit/database/heard-rows.ts';
import { createDueStore, type DueEntries } from './due-store.ts';
import { type Entry, entryColumns, type Save, type Superseded, type TokenColumns } from './entry.ts';
import { createFailureStore, type EntryFailures } from './failure-store.ts';
import { createLeaseStore, type EntryLeases, leaseStatements } from './lease-store.ts';
import { findOwners, lockedOwner, type Owner } from './owner-store.ts';

// Prisma's model writes token sets. docs/decisions/033-prisma-stores-token-sets.md lists what stays SQL, and why.

export interface EntryReads {
  /** Reads the entry from the table. Concurrent callers share a statement. */
  find(identityId: string): Promise<Entry | undefined>;
  findMany(identityIds: readonly string[]): Promise<readonly Entry[]>;
  /** Returns the owners of identities, with an entry or without. */
  findOwners(identityIds: readonly string[]): Promise<ReadonlyMap<string, Owner>>;
}

/** Each method is one atomic act on one entry. */
export interface EntryStore extends EntryReads, EntryLeases, EntryFailures, DueEntries {
  /** Returns the entry, still sealed, if it is in the cache and proven to be current. Does not read the table. */
  known(identityId: string): Promise<Entry | undefined>;
  /** Returns the same, if that is proven already. */
  peek(identityId: string): Entry | undefined;
  /** Returns false if the identity has an entry already, has another owner by now, or is gone. */
  insert(
    place: { identityId: string; connectionId: string },
    tokens: TokenColumns,
    now: Date,
  ): Promise<boolean>;
  /** Replaces the token set of `before`. Returns false if the entry has another version or state by now. */
  supersede(before: Superseded, save: Save): Promise<boolean>;
  /** Notes that the provider was asked and accepts the token. */
  markVerified(identityId: string, version: number): Promise<void>;
  /** Notes the scopes that the provider has stated for a token without known ones. */
  noteScopes(identityId: string, version: number, scopes: readonly string[]): Promise<void>;
  /** Notes when tokens were last retrieved. */
  touch(identityIds: readonly string[], now: Date): Promise<void>;
}

export function createEntryReads(pool: pg.Pool): EntryReads {
  const findMany = async (identityIds: readonly string[]) => {
    // SQL: every retrieval reads here, as a prepared statement. Prisma's read takes 2.5 times the processor time.
    const { where, values, suffix } = matching(identityIds);
    const text = `SELECT ${entryColumns} FROM vault_entry WHERE identity_id ${where}`;
    return (await pool.query<Entry>({ name: `vault-find${suffix}`, text, values: [...values] })).rows;
  };
  return {
    findMany,
    findOwners: (identityIds) => findOwners(pool, identityIds),
    find: createBatchedLookup(
      async (identityIds) => new Map((await findMany(identityIds)).map((entry) => [entry.identityId, entry])),
    ),
  };
}

/** Bytes of sealed entries that a process keeps: 20,000 to 30,000 of them. */
const mostCached = 40 * 1024 * 1024;
/** Bytes of an entry's other columns, its key and its place in the cache, as measured. */
const ownSize = 1_100;

// SQL: Prisma has no SKIP LOCKED. A row that another process is writing is touched the next time.
const touching = `UPDATE vault_entry SET last_used_at = $2 WHERE identity_id IN
  (SELECT identity_id FROM vault_entry WHERE identity_id = ANY($1) FOR UPDATE SKIP LOCKED)`;

// SQL: each sign-in and each refresh runs it. The journal counts only for the version that it names, so it is void with the
// save, and is deleted in the same statement.
const superseding = {
  name: 'vault-supersede',
  text: `WITH saved AS (
      UPDATE vault_entry SET version = $4, described_version = $4, ciphertext = $5, wrapped_key = $6, key_id = $7,
        granted_scopes = $8, refreshable = $9, access_expires_at = $10, refresh_expires_at = $11, absolute_cap_at = $12,
        ends_at = $13, origins = $14, client_id = COALESCE($15, client_id),
        state = $16, state_reason = $17, state_since = COALESCE($18, state_since), last_error = $19, last_error_at = $20,
        last_refreshed_at = COALESCE($21, last_refreshed_at), deposited_at = COALESCE($22, deposited_at),
        unverified = $23, end_announced_at = CASE WHEN $24 THEN end_announced_at END,
        retry_at = NULL, failures = 0, in_doubt = false, refused_since = NULL, refusals = 0, refused_words = NULL
      WHERE identity_id = $1 AND version = $2 AND state = $3 AND ($25::bytea IS NULL OR wrapped_key = $25)
      RETURNING identity_id),
    closed AS (
      DELETE FROM refresh_intent USING saved WHERE refresh_intent.identity_id = saved.identity_id AND refresh_intent.version < $4)
    SELECT FROM saved`,
};

const inserting = {
  name: 'vault-insert',
  text: `WITH owner AS (${lockedOwner})
    INSERT INTO vault_entry (identity_id, connection_id, deposited_at, state_since, version, described_version, ciphertext,
      wrapped_key, key_id, granted_scopes, refreshable, access_expires_at, refresh_expires_at, absolute_cap_at, ends_at, origins,
      client_id)
    SELECT id, $2, $3::timestamptz, $3, $8::int, $8, $9::bytea, $10::bytea, $11, $12::text[], $13::boolean, $14::timestamptz,
      $15::timestamptz, $16::timestamptz, $17::timestamptz, $18, $19 FROM owner
    ON CONFLICT DO NOTHING`,
};

export interface CachedEntryStore extends EntryStore {
  readonly cached: Pick<HeardRows<Entry>, 'changed' | 'clear'>;
}

export function createEntryStore(database: Pick<Database, 'pool' | 'prisma' | 'heard'>): CachedEntryStore {
  const { pool, prisma, heard } = database;
  const reads = createEntryReads(pool);
  const rows = createHeardRows({
    heard,
    tables: ['vault_entry'],
    harmless: [touching, ...leaseStatements],
    read: reads.find,
    maxBytes: mostCached,
    sizeOf: ({ ciphertext, wrappedKey }) => ownSize + ciphertext.byteLength + wrappedKey.byteLength,
  });

  return {
    ...reads,
    find: rows.find,
    known: rows.known,
    peek: rows.peek,
    cached: rows,
    async insert({ identityId, connectionId }, tokens, now) {
      const values = [identityId, connectionId, now, ...tokens.owner, ...tokenValues(tokens)];
      return (await pool.query({ ...inserting, values })).rowCount === 1;
    },
    async supersede(before, save) {
      const { rowCount } = await pool.query({ ...superseding, values: supersedingValues(before, save) });
      return rowCount === 1;
    },
    ...createLeaseStore(pool),
    ...createFailureStore(pool, prisma),
    ...createDueStore(pool),
    async markVerified(identityId, version) {
      await prisma.vaultEntry.updateMany({
        where: { identityId, version, unverified: true },
        data: { unverified: false, failures: 0, lastError: null, lastErrorAt: null },
      });
    },
    async noteScopes(identityId, version, scopes) {
      await prisma.vaultEntry.updateMany({
        where: { identityId, version, grantedScopes: { isEmpty: true } },
        data: { grantedScopes: [...scopes] },
      });
    },
    async touch(identityIds, now) {
      await pool.query(touching, [identityIds, now]);
      for (const id of identityIds) rows.amend(id, (entry) => ({ ...entry, lastUsedAt: now }));
    },
  };
}

/** Returns a token set as Prisma takes it. */
export function tokenData(tokens: TokenColumns) {
  return {
    version: tokens.version,
    ciphertext: new Uint8Array(tokens.ciphertext),
    wrappedKey: new Uint8Array(tokens.wrappedKey),
    keyId: tokens.keyId,
    // A lone surrogate makes Prisma refuse the statement each time it is tried, where pg replaces it.
    grantedScopes: tokens.grantedScopes.map((scope) => scope.toWellFormed()),
    refreshable: tokens.refreshable,
    accessExpiresAt: tokens.accessExpiresAt,
    refreshExpiresAt: tokens.refreshExpiresAt,
    absoluteCapAt: tokens.absoluteCapAt,
    endsAt: tokens.endsAt,
    origins: tokens.origins,
    describedVersion: tokens.version,
    ...(tokens.clientId !== null && { clientId: tokens.clientId }),
  };
}

function tokenValues(tokens: TokenColumns): unknown[] {
  return [
    ...[tokens.version, tokens.ciphertext, tokens.wrappedKey, tokens.keyId],
    ...[tokens.grantedScopes, tokens.refreshable],
    ...[tokens.accessExpiresAt, tokens.refreshExpiresAt, tokens.absoluteCapAt, tokens.endsAt],
    ...[tokens.origins, tokens.clientId],
  ];
}

function supersedingValues(before: Superseded, { tokens, now, by, dead }: Save): unknown[] {
  const { identityId, version, state, absoluteCapAt, wrappedKey = null } = before;
  const keepsEnd = absoluteCapAt?.getTime() === tokens.absoluteCapAt?.getTime();
  return [
    ...[identityId, version, state],
    ...tokenValues(tokens),
    ...[dead ? 'reauthorization_required' : 'active', dead?.reason ?? null],
    ...[dead || state !== 'active' ? now : null, dead?.error ?? null, dead ? now : null],
    ...[by === 'refresh' ? now : null, by === 'arrival' ? now : null],
    ...[by === 'drop', keepsEnd, wrappedKey],
  ];
}

/** Returns the changes that a save makes to an entry in the state `before`. A new set clears the failures of its predecessor. */
export function saveData({ tokens, now, by, dead }: Omit<Save, 'revives'>, before: Entry['state']) {
  return {
    ...tokenData(tokens),
    state: dead ? 'reauthorization_required' : 'active',
    stateReason: dead?.reason ?? null,
    ...((dead || before !== 'active') && { stateSince: now }),
    ...(by === 'refresh' && { lastRefreshedAt: now }),
    ...(by === 'arrival' && { depositedAt: now }),
    ...{ lastError: dead?.error ?? null, lastErrorAt: dead ? now : null },
    ...{ retryAt: null, failures: 0, inDoubt: false },
    ...{ refusedSince: null, refusals: 0, refusedWords: null },
  };
}

/**
 * Deletes the journal of versions below the one that was just saved. A journal row counts only for the version it names,
 * so the save itself has made it void: a crash before this statement leaves a row that the sweep deletes.
 */
export async function closeJournal(pool: pg.Pool, identityId: string, saved: number): Promise<void> {
  // SQL: the journal is written in SQL, and Prisma's statement would take twice as long at each refresh.
  const text = 'DELETE FROM refresh_intent WHERE identity_id = $1 AND version < $2';
  await pool.query(text, [identityId, saved]).catch((error: unknown) => {
    if (!isDatabaseUnavailable(error)) throw error;
  });
}
