import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { atEnd } from './at-end.ts';

export interface TestDatabase extends Database {
  readonly url: string;
}

/** The time zone of the databases that this file makes; undefined for that of the run. */
let zone: string | undefined;

export function setDatabaseZone(given: string | undefined): void {
  zone = given;
}

/** A migrated, empty database of this test file, closed and dropped at its end. */
export async function freshDatabase(): Promise<TestDatabase> {
  const url = await freshDatabaseUrl();
  const database = createDatabase({ url, poolSize: 10 });
  atEnd(() => database.close());
  return { ...database, url };
}

/** Returns the URL only, for code that opens its own connections. */
export async function freshDatabaseUrl(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(server, `CREATE DATABASE ${name} TEMPLATE template_symbolon STRATEGY file_copy`);
  await asSuperuser(server, strange(name, zone ?? inject('databaseZone')));
  atEnd(() => asSuperuser(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/**
 * Settings that an operator might have chosen: another time zone, another date style, stricter transactions.
 */
function strange(name: string, zone: string): string {
  if (zone === '') return 'SELECT 1';
  const settings = {
    timezone: `'${zone}'`,
    datestyle: zone.startsWith('America') ? `'SQL, DMY'` : 'German',
    intervalstyle: 'sql_standard',
    bytea_output: 'escape',
    default_transaction_isolation: 'serializable',
    search_path: '"$user", public',
  };
  const each = Object.entries(settings).map(
    ([setting, value]) => `ALTER DATABASE ${name} SET ${setting} = ${value}`,
  );
  return each.join('; ');
}

/** A database without tables. `made` is appended to CREATE DATABASE. */
export async function emptyDatabaseUrl(made = ''): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(server, `CREATE DATABASE ${name} ${made}`);
  atEnd(() => asSuperuser(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

/**
 * Returns the URL of the same database for a new role that may log in and has only the given grants, and the
 * role's name.
 */
export async function asNewRole(url: string): Promise<{ url: string; role: string }> {
  const role = `role_${randomBytes(6).toString('hex')}`;
  await asSuperuser(url, `CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
  atEnd(() => asSuperuser(url, `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`).catch(() => undefined));
  return { url: Object.assign(new URL(url), { username: role, password: 'test' }).href, role };
}

/** Returns the last statement's rows. */
export async function asSuperuser(server: string, statements: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const results: unknown = await client.query(statements);
    return ([results].flat().at(-1) as pg.QueryResult).rows;
  } finally {
    await client.end();
  }
}
