import type pg from 'pg';
import type { Transaction } from '../kit/database/database.ts';

/**
 * The identity whose tokens a set is: user, connection, issuer and subject. They are authenticated with the seal, so a
 * statement that gives the identity to another person opens nothing.
 */
export type Owner = readonly [userId: string, connectionId: string, issuer: string, subject: string];

/**
 * SQL: the owner of an entry as `identity` has it now, in the same snapshot as the entry. The driver parses JSON faster than
 * an array.
 */
export const ownerColumn = `(SELECT json_build_array(i.user_id, i.connection_id, i.issuer, i.subject) FROM identity i
  WHERE i.id = vault_entry.identity_id) AS owner`;

/** Returns the present owners by identity id. SQL: the same columns as `ownerColumn`. */
export async function findOwners(
  pool: pg.Pool,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, Owner>> {
  const { rows } = await pool.query<{ id: string; owner: Owner }>(
    'SELECT id, ARRAY[user_id, connection_id, issuer, subject] AS owner FROM identity WHERE id = ANY($1)',
    [identityIds],
  );
  return new Map(rows.map(({ id, owner }) => [id, owner]));
}

/**
 * SQL: the identity `$1` with the owner from `$4` on, if it still has that. The lock waits for a change of it that has not been
 * committed.
 */
export const lockedOwner = `SELECT id FROM identity WHERE id = $1 AND user_id = $4 AND connection_id = $5 AND issuer = $6
  AND subject = $7 FOR SHARE`;

/**
 * Locks the identities that still have these owners, which no other transaction changes before this one ends. A set that is
 * stored meanwhile is seen by the change that comes after it. Returns their ids.
 */
export async function lockOwners(
  transaction: Transaction,
  owned: readonly { readonly identityId: string; readonly owner: Owner }[],
): Promise<ReadonlySet<string>> {
  const rows = owned.map(({ identityId, owner: [user, connection, issuer, subject] }) => ({
    ...{ id: identityId, user, connection, issuer, subject },
  }));
  // SQL: Prisma has no FOR SHARE, which alone waits for a change of the user that has not been committed.
  // In the order of the ids, so that two imports of the same people do not deadlock with a change of both.
  const locked = await transaction.$queryRaw<{ id: string }[]>`
    SELECT i.id FROM identity i
      JOIN json_to_recordset(${JSON.stringify(rows)}::json)
        AS o(id text, "user" text, connection text, issuer text, subject text) ON o.id = i.id
    WHERE i.user_id = o."user" AND i.connection_id = o.connection AND i.issuer = o.issuer AND i.subject = o.subject
    ORDER BY i.id FOR SHARE OF i`;
  return new Set(locked.map(({ id }) => id));
}

/** The identities whose owner a transaction has just changed, as they are now. */
export type Moved =
  | { readonly userId: string }
  | { readonly identityId: string }
  | { readonly connectionId: string; readonly issuer: string };

/** A sealed set with the owner that `identity` has now. */
export interface OwnedSeal {
  readonly identityId: string;
  readonly version: number;
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly owner: Owner;
  readonly connectionId: string;
}

const sealColumns = `identity_id AS "identityId", version, key_id AS "keyId", wrapped_key AS "wrappedKey", ciphertext,
  connection_id AS "connectionId", ${ownerColumn}`;

/** Returns up to `limit` sealed sets after this identity, by id. */
export async function sealsAfter(pool: pg.Pool, after: string, limit: number): Promise<readonly OwnedSeal[]> {
  const { rows } = await pool.query<OwnedSeal>(
    `SELECT ${sealColumns} FROM vault_entry WHERE identity_id > $1 AND ciphertext <> '' ORDER BY identity_id LIMIT $2`,
    [after, limit],
  );
  return rows;
}

const noneMoved = { userId: null, identityId: null, connectionId: null, issuer: null };

/** Locks and returns the sealed sets of identities that this transaction has moved. */
export async function lockMovedSeals(
  transaction: Transaction,
  moved: Moved,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly OwnedSeal[]> {
  const { userId, identityId, connectionId, issuer } = { ...noneMoved, ...moved };
  return await transaction.$queryRawUnsafe<OwnedSeal[]>(
    `SELECT ${sealColumns} FROM vault_entry WHERE identity_id > $4 AND ciphertext <> '' AND identity_id IN (
       SELECT id FROM identity WHERE user_id = $1 OR id = $6 OR (connection_id = $2 AND issuer = $3))
     ORDER BY identity_id LIMIT $5 FOR UPDATE`,
    userId,
    connectionId,
    issuer,
    after,
    limit,
    identityId,
  );
}

/** A set that was sealed again, in place of the one that was read. */
export interface Resealed {
  readonly was: OwnedSeal;
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  readonly ciphertext: Uint8Array;
}

// SQL: one statement for a batch. The version stays, since the token set does; a set that was saved meanwhile stays.
const replace = `UPDATE vault_entry e SET key_id = a.key_id, wrapped_key = a.wrapped, ciphertext = a.sealed
  FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::bytea[], $6::bytea[])
    AS a (id, version, was, key_id, wrapped, sealed)
  WHERE e.identity_id = a.id AND e.version = a.version AND e.wrapped_key = a.was`;

function valuesOf(sets: readonly Resealed[]): unknown[] {
  return [
    sets.map(({ was }) => was.identityId),
    sets.map(({ was }) => was.version),
    sets.map(({ was }) => Buffer.from(was.wrappedKey)),
    sets.map(({ keyId }) => keyId),
    sets.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
    sets.map(({ ciphertext }) => Buffer.from(ciphertext)),
  ];
}

/** Returns how many sets were replaced. */
export async function replaceSeals(pool: pg.Pool, sets: readonly Resealed[]): Promise<number> {
  return sets.length === 0 ? 0 : ((await pool.query(replace, valuesOf(sets))).rowCount ?? 0);
}

/** Does the same in a transaction that has locked the rows. */
export async function replaceSealsIn(transaction: Transaction, sets: readonly Resealed[]): Promise<void> {
  if (sets.length > 0) await transaction.$executeRawUnsafe(replace, ...valuesOf(sets));
}
