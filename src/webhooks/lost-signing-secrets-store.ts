import type pg from 'pg';
import type { Keyring } from '../kit/keys/keyring.ts';
import { atOnce, type LostRows } from '../kit/keys/lost-rows.ts';
import { keyIdOf } from '../kit/keys/sealed-column.ts';
import { newSigningSecret } from './signature.ts';
import { createSigningSecrets } from './signing-secrets.ts';

const lost = `${keyIdOf('secrets')} = ANY($1)`;

/** The signing secrets of webhooks that a lost key sealed. */
export function createLostSigningSecrets(pool: pg.Pool, keyring: Keyring): LostRows {
  const secrets = createSigningSecrets(keyring);
  const affected = async (keyIds: readonly string[]) => {
    const text = `SELECT id, url FROM webhook_endpoint WHERE ${lost} ORDER BY id`;
    return (await pool.query<{ id: string; url: string }>(text, [keyIds])).rows;
  };
  const replace = async (keyIds: readonly string[]) => {
    const endpoints = await affected(keyIds);
    // No receiver knows the new secret, so the endpoint waits until an admin has rotated it.
    const text = `UPDATE webhook_endpoint SET secrets = $3, enabled = false, version = version + 1
      WHERE id = $2 AND ${lost}`;
    for (const { id } of endpoints)
      await pool.query(text, [keyIds, id, secrets.seal(id, newSigningSecret())]);
    return endpoints.length;
  };
  return {
    name: 'webhook secrets',
    consequence:
      'their endpoints are disabled; rotate the secret of each, give it to the receiver, and enable it',
    namesOf: async (keyIds) => (await affected(keyIds)).map(({ id, url }) => `${id} (${new URL(url).host})`),
    giveUp: (keyIds) => atOnce(replace(keyIds)),
  };
}
