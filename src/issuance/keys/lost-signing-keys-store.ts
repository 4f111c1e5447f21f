import type pg from 'pg';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { atOnce, type LostRows } from '../../kit/keys/lost-rows.ts';
import { keyIdOf } from '../../kit/keys/sealed-column.ts';
import { type SigningAlg, signingAlgs } from '../registry/signing-alg.ts';
import { makeSigningKey } from './make-signing-key.ts';
import { type SigningKeyState, signingKeyChannel } from './signing-key-store.ts';

/**
 * The private signing keys that a lost key sealed. Each algorithm gets a key that signs and one that is published, so
 * that the brokers go on. Tokens that the lost keys signed are refused.
 */
export function createLostSigningKeys(pool: pg.Pool, keyring: Keyring): LostRows {
  const remove = `DELETE FROM signing_key WHERE ${keyIdOf('private_jwk')} = ANY($1)`;
  const promote = `UPDATE signing_key SET state = 'signing' WHERE alg = $1 AND state = 'published'
    AND NOT EXISTS (SELECT 1 FROM signing_key WHERE alg = $1 AND state = 'signing')`;
  const insert = `INSERT INTO signing_key (id, alg, public_jwk, private_jwk, state)
    SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE alg = $2 AND state = $5)`;

  const fill = async (alg: SigningAlg, state: SigningKeyState) => {
    const { id, publicJwk, privateJwk } = await makeSigningKey(keyring, alg);
    await pool.query(insert, [id, alg, JSON.stringify(publicJwk), privateJwk, state]);
  };
  const replace = async (keyIds: readonly string[]) => {
    const { rowCount } = await pool.query(remove, [keyIds]);
    // A second run completes what a first one has begun.
    for (const alg of signingAlgs) {
      await pool.query(promote, [alg]);
      await fill(alg, 'signing');
      await fill(alg, 'published');
    }
    await pool.query(`SELECT pg_notify('${signingKeyChannel}', '')`);
    return rowCount ?? 0;
  };

  return {
    name: 'signing keys',
    consequence:
      'new ones take their place; tokens that they signed are refused, so apps sign people in again',
    giveUp: (keyIds) => atOnce(replace(keyIds)),
  };
}
