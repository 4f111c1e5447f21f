import type pg from 'pg';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';
import { countedByKey, createSealedColumnRows, keysFrom } from '../../kit/keys/sealed-column-rows.ts';
import type { LastingRows, SealedRow } from '../../kit/keys/sealed-rows.ts';
import { tokensContext, unboundContext } from '../entry-tokens.ts';
import type { Owner } from '../owner-store.ts';
import { removedConnectionContext } from './removed-connections.ts';
import { departureOwner } from './revocation-queue-store.ts';

const count = `SELECT key_id AS key, count(*)::int AS values FROM departure WHERE key_id IS NOT NULL GROUP BY key_id`;

// Finished rows are kept for 90 days and hold no sealed value.
const used = `SELECT DISTINCT key_id AS key FROM departure WHERE state = 'pending' AND key_id IS NOT NULL`;

const next = `SELECT id, identity_id AS "identityId", version, key_id AS "keyId", wrapped_key AS "wrappedKey",
  ${departureOwner}
  FROM departure WHERE key_id <> $1 AND id > $2 ORDER BY id LIMIT $3`;

const replace = `UPDATE departure d SET key_id = $5, wrapped_key = a.wrapped
  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS a (id, key_id, was, wrapped)
  WHERE d.id = a.id AND d.key_id = a.key_id AND d.wrapped_key = a.was`;

interface WrappedRevocation extends SealedRow {
  readonly identityId: string;
  readonly version: number;
  readonly owner: Owner;
}

/** The data keys of queued token sets, for re-sealing under another key. */
export function createRevocationSeals(pool: pg.Pool): LastingRows<WrappedRevocation> {
  return {
    // The name in the output of `symbolon keys rewrap`.
    name: 'departures',
    countByKey: () => countedByKey(pool, count),
    keysInUse: () => keysFrom(pool, used),
    async sealedOtherwise(keyId, after, limit) {
      const { rows } = await pool.query<Omit<WrappedRevocation, 'context' | 'formerContext'>>(next, [
        keyId,
        after,
        limit,
      ]);
      return rows.map((row) => ({ ...row, context: tokensContext(row), formerContext: unboundContext(row) }));
    },
    async replace(moves) {
      const [first] = moves;
      if (!first) return 0;
      const { rowCount } = await pool.query(replace, [
        moves.map(({ row }) => row.id),
        moves.map(({ row }) => row.keyId),
        moves.map(({ row }) => row.wrappedKey),
        moves.map(({ to }) => to.wrappedKey),
        first.to.keyId,
      ]);
      return rowCount ?? 0;
    },
  };
}

/** The sealed registrations of removed connections, for re-sealing. */
export function createRemovedConnectionSeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'removed connections',
    count: `SELECT ${keyIdOf('sealed')} AS key, count(*)::int AS values FROM departed_connection GROUP BY 1`,
    next: `SELECT connection_id AS id, sealed FROM departed_connection
      WHERE ${keyIdOf('sealed')} <> $1 AND connection_id > $2 ORDER BY connection_id LIMIT $3`,
    replace: 'UPDATE departed_connection SET sealed = $3 WHERE connection_id = $1 AND sealed = $2',
    context: removedConnectionContext,
  });
}
