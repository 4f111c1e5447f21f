import { createCipheriv, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Seed } from './seed.ts';

const batch = 1_000;

/** The table of the floor: the same tokens, each sealed with one key, in rows of three columns. */
export async function fillFloorTable(
  databaseUrl: string,
  { people, alias }: Seed,
  key: Buffer,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    'CREATE TABLE bench_floor (user_id text, connection text, sealed bytea NOT NULL, PRIMARY KEY (user_id, connection))',
  );
  const text =
    'INSERT INTO bench_floor SELECT id, $2, sealed FROM unnest($1::text[], $3::bytea[]) AS row (id, sealed)';
  for (let at = 0; at < people.length; at += batch) {
    const some = people.slice(at, at + batch);
    const sealed = some.map(({ providerToken }) => seal(providerToken, key));
    await client.query(text, [some.map(({ userId }) => userId), alias, sealed]);
  }
  await client.query('VACUUM ANALYZE bench_floor');
  await client.end();
}

function seal(text: string, key: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}
