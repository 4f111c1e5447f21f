import type pg from 'pg';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';
import { createSealedColumnRows } from '../../kit/keys/sealed-column-rows.ts';
import type { LastingRows } from '../../kit/keys/sealed-rows.ts';
import { sealContext } from './make-signing-key.ts';

/** The sealed private signing keys, for `keys rewrap`, which re-seals them under the first key of the key ring. */
export function createSigningKeySeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'signing keys',
    count: `SELECT ${keyIdOf('private_jwk')} AS key, count(*)::int AS values FROM signing_key GROUP BY 1`,
    next: `SELECT id, private_jwk AS sealed FROM signing_key
      WHERE ${keyIdOf('private_jwk')} <> $1 AND id > $2 ORDER BY id LIMIT $3`,
    replace: 'UPDATE signing_key SET private_jwk = $3 WHERE id = $1 AND private_jwk = $2',
    context: sealContext,
  });
}
