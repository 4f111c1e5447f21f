import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase, type Database } from '../../src/kit/database.ts';
import { atEnd } from './at-end.ts';

export interface TestDatabase extends Database {
  readonly url: string;
}

/** A migrated, empty database of this test file's own; closed and dropped when the file is done. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await freshDatabaseUrl();
  const database = createDatabase({ url, poolSize: 10 });
  atEnd(() => database.close());
  return { ...database, url };
}

/** The address only, for what opens its own connections. */
export async function freshDatabaseUrl(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(server, `CREATE DATABASE ${name} TEMPLATE template_symbolon`);
  atEnd(() => asSuperuser(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function asSuperuser(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
