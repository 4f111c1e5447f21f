import type pg from 'pg';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import { countedByKey, createSealedColumnRows } from '../kit/keys/sealed-column-rows.ts';
import type { LastingRows, SealedRows } from '../kit/keys/sealed-rows.ts';
import { optionSecretsContext, secretContext } from './connection-secrets.ts';

/** The sealed columns of this room, for the change of encryption keys. */
export function createClientSecretSeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'client secrets',
    count: `SELECT ${keyIdOf('client_secret')} AS key, count(*)::int AS values FROM connection
      WHERE client_secret IS NOT NULL GROUP BY 1`,
    next: `SELECT id, client_secret AS sealed FROM connection
      WHERE client_secret IS NOT NULL AND ${keyIdOf('client_secret')} <> $1 AND id > $2 ORDER BY id LIMIT $3`,
    replace: 'UPDATE connection SET client_secret = $3 WHERE id = $1 AND client_secret = $2',
    context: secretContext,
  });
}

export function createOptionSecretSeals(pool: pg.Pool): LastingRows {
  return createSealedColumnRows(pool, {
    name: 'secret options of connections',
    count: `SELECT ${keyIdOf('option_secrets')} AS key, count(*)::int AS values FROM connection
      WHERE option_secrets IS NOT NULL GROUP BY 1`,
    next: `SELECT id, option_secrets AS sealed FROM connection
      WHERE option_secrets IS NOT NULL AND ${keyIdOf('option_secrets')} <> $1 AND id > $2 ORDER BY id LIMIT $3`,
    replace: 'UPDATE connection SET option_secrets = $3 WHERE id = $1 AND option_secrets = $2',
    context: optionSecretsContext,
  });
}

/** Pending sign-ins end within minutes, so they are counted and not re-sealed. */
export function createAttemptSeals(pool: pg.Pool): SealedRows {
  const count = `SELECT ${keyIdOf('secrets')} AS key, count(*)::int AS values FROM login_attempt
    WHERE expires_at > now() GROUP BY 1`;
  return { name: 'sign-ins under way', countByKey: () => countedByKey(pool, count) };
}
