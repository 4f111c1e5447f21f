import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { diffSchemas } from '../../src/kit/migrate.ts';
import { freshDatabaseUrl } from '../support/database.ts';

/** What a database is made of, in words of PostgreSQL. */
const catalogue = `
  SELECT 'column' AS kind, table_name || '.' || column_name AS name,
         concat_ws(' ', udt_name, is_nullable, column_default, datetime_precision, character_maximum_length) AS made
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL
  SELECT 'index', tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL
  SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  ORDER BY 1, 2`;

test('the migrations make the database that schema.prisma describes', async () => {
  const migrated = await freshDatabaseUrl();
  const described = await emptyDatabase();
  await query(
    described,
    await diffSchemas(described, undefined, readFileSync('prisma/schema.prisma', 'utf8')),
  );

  const wanted = await query(described, catalogue);
  const made = (await query(migrated, catalogue)).filter(
    ({ name }) => !name.startsWith('_prisma_migrations'),
  );
  expect(wanted.length).toBeGreaterThan(50);
  expect(made).toEqual(wanted);
});

async function emptyDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name}`);
  afterAll(() => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

async function query(url: string, sql: string): Promise<{ name: string }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}
