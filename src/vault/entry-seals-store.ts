import type pg from 'pg';
import { countedByKey, keysFrom } from '../kit/keys/sealed-column-rows.ts';
import type { LastingRows, SealedRow } from '../kit/keys/sealed-rows.ts';
import { tokensContext, unboundContext } from './entry-tokens.ts';
import { type Owner, ownerColumn } from './owner-store.ts';

interface WrappedEntry extends SealedRow {
  readonly version: number;
  readonly owner: Owner;
}

const count = 'SELECT key_id AS key, count(*)::int AS values FROM vault_entry GROUP BY key_id';

// SQL: it steps along the index from one key to the next, where DISTINCT would read every entry.
const used = `WITH RECURSIVE used AS (
    (SELECT key_id AS key FROM vault_entry ORDER BY key_id LIMIT 1)
    UNION ALL
    SELECT (SELECT key_id FROM vault_entry WHERE key_id > used.key ORDER BY key_id LIMIT 1)
    FROM used WHERE used.key IS NOT NULL
  ) SELECT key FROM used WHERE key IS NOT NULL`;

const next = `SELECT identity_id AS id, version, key_id AS "keyId", wrapped_key AS "wrappedKey", ${ownerColumn} FROM vault_entry
  WHERE key_id <> $1 AND identity_id > $2 ORDER BY identity_id LIMIT $3`;

// SQL: one statement for a batch, with SKIP LOCKED. The version stays, since the token set does. Version, key and wrapping
// say which row is meant, so a set that was saved meanwhile stays. Locked rows are left to the next pass.
const replace = `WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::bytea[], $5::bytea[])
      AS a (id, version, key_id, was, wrapped)
  ), free AS (
    SELECT e.identity_id FROM vault_entry e JOIN asked a ON a.id = e.identity_id
    FOR NO KEY UPDATE OF e SKIP LOCKED
  )
  UPDATE vault_entry e SET key_id = $6, wrapped_key = a.wrapped
  FROM asked a JOIN free f ON f.identity_id = a.id
  WHERE e.identity_id = a.id AND e.version = a.version AND e.key_id = a.key_id AND e.wrapped_key = a.was`;

/** Returns the access to the entries' wrapped keys, for a change of the encryption key. */
export function createEntrySeals(pool: pg.Pool): LastingRows<WrappedEntry> {
  return {
    name: 'vault entries',
    countByKey: () => countedByKey(pool, count),
    keysInUse: () => keysFrom(pool, used),
    async sealedOtherwise(keyId, after, limit) {
      const { rows } = await pool.query<Omit<WrappedEntry, 'context' | 'formerContext'>>(next, [
        keyId,
        after,
        limit,
      ]);
      return rows.map((row) => ({
        ...row,
        context: tokensContext({ ...row, identityId: row.id }),
        formerContext: unboundContext({ identityId: row.id, version: row.version }),
      }));
    },
    async replace(moves) {
      const [first] = moves;
      if (!first) return 0;
      const { rowCount } = await pool.query(replace, [
        moves.map(({ row }) => row.id),
        moves.map(({ row }) => row.version),
        moves.map(({ row }) => row.keyId),
        moves.map(({ row }) => row.wrappedKey),
        moves.map(({ to }) => to.wrappedKey),
        first.to.keyId,
      ]);
      return rowCount ?? 0;
    },
  };
}
