import type pg from 'pg';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import { createSealedColumnRows } from '../kit/keys/sealed-column-rows.ts';
import type { LastingRows } from '../kit/keys/sealed-rows.ts';
import { sealContext } from './signing-secrets.ts';

/** The sealed signing secrets, for a change of keys. */
export function createSigningSecretSeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'webhook secrets',
    count: `SELECT ${keyIdOf('secrets')} AS key, count(*)::int AS values FROM webhook_endpoint GROUP BY 1`,
    next: `SELECT id, secrets AS sealed FROM webhook_endpoint
      WHERE ${keyIdOf('secrets')} <> $1 AND id > $2 ORDER BY id LIMIT $3`,
    replace: 'UPDATE webhook_endpoint SET secrets = $3 WHERE id = $1 AND secrets = $2',
    context: sealContext,
  });
}
