import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { diffSchemas } from '../../src/kit/database/migrate.ts';
import { atEnd } from '../support/at-end.ts';
import { freshDatabaseUrl } from '../support/database.ts';

/** Prisma's schema has the partitioned table alone. */
const partitions = `SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r'`;

/** Indexes on expressions, which schema.prisma cannot describe. */
const onExpressions = `'browser_session_user_idx'`;

/** Returns PostgreSQL's description of a database. */
const catalogue = `
  SELECT 'column' AS kind, table_name || '.' || column_name AS name,
         concat_ws(' ', udt_name, is_nullable, column_default, datetime_precision, character_maximum_length) AS made
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> ALL (ARRAY(${partitions}))
  UNION ALL
  SELECT 'index', tablename || '.' || indexname, replace(indexdef, ' ON ONLY ', ' ON ')
    FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN (${onExpressions}) AND tablename <> ALL (ARRAY(${partitions}))
  UNION ALL
  SELECT 'constraint', conrelid::regclass || '.' || regexp_replace(conname, 'not_null1$', 'not_null'), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     AND conrelid::regclass::text <> ALL (ARRAY(${partitions}))
  UNION ALL
  SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'symbolon%'
  UNION ALL
  SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  ORDER BY 1, 2`;

test('the migrations create the database that schema.prisma and beyond-schema.sql describe', async () => {
  const migrated = await freshDatabaseUrl();
  const described = await emptyDatabase();
  await query(
    described,
    await diffSchemas(described, undefined, readFileSync('prisma/schema.prisma', 'utf8')),
  );
  await query(described, readFileSync('prisma/beyond-schema.sql', 'utf8'));

  const wanted = await query(described, catalogue);
  const made = (await query(migrated, catalogue)).filter(
    ({ name }) => !name.startsWith('_prisma_migrations'),
  );
  expect(wanted.length).toBeGreaterThan(50);
  expect(made).toEqual(wanted);
});

test('the database sets its own defaults: Prisma would use the clock of the process', () => {
  const schema = readFileSync('prisma/schema.prisma', 'utf8');
  expect(schema.match(/.*@default\(now\(\)\).*|.*@updatedAt.*/g)).toBeNull();
});

/**
 * The steps after which no version runs that knew the former state
 * (docs/decisions/022-rolling-deployments.md), with the reason.
 */
const contracts: Readonly<Record<string, string>> = {
  '20261121013000_vault_connection: DROP INDEX':
    'an index is asked for by no name, and another took its place',
  '20261121013000_vault_connection: rows changed or gone':
    'before the first release, when no older version ran',
  '20261121020000_webhooks: a default that rewrites the table':
    'before the first release, when no audit was long',
  '20261130033500_token_origins: rows changed or gone':
    'it fills a new column, which no former version knows',
  '20261130101702_audit_weeks: RENAME':
    'the table becomes a partition, and another one has its name in the same transaction',
  '20261201040002_audit_owner_indexes_former: DROP INDEX':
    'asked for by no name; the version before finds the events of a person by time until it is stopped, which is slower',
};

const hostile: Readonly<Record<string, RegExp>> = {
  'DROP TABLE': /\bDROP\s+TABLE\b/i,
  'DROP COLUMN':
    /\bDROP\s+(COLUMN\b|(?!CONSTRAINT|INDEX|DEFAULT|NOT|TABLE|TYPE|FUNCTION|TRIGGER)"?\w+"?\s*[,;])/i,
  'DROP INDEX': /\bDROP\s+INDEX\b/i,
  'DROP DEFAULT': /\bDROP\s+DEFAULT\b/i,
  RENAME: /\bRENAME\b/i,
  'another type': /\bALTER\s+(COLUMN\s+)?"?\w+"?\s+(SET\s+DATA\s+)?TYPE\b/i,
  'SET NOT NULL': /\bSET\s+NOT\s+NULL\b/i,
  'a column without a default that must be given':
    /\bADD\s+COLUMN\b(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b/i,
  'a default that rewrites the table': /\bADD\s+COLUMN\b[^,;]*\bDEFAULT\s+(?!now\(\))"?\w+"?\(/i,
  'rows changed or gone': /^\s*(UPDATE|DELETE|TRUNCATE)\b/im,
};

/**
 * Returns the statements of a migration that the previous version does not survive, or that would block it.
 */
function breaksIn(sql: string): readonly string[] {
  const text = sql.replace(/--.*$/gm, '');
  const made = new Set([...text.matchAll(/CREATE\s+TABLE\s+"(\w+)"/gi)].map(([, name]) => name));
  const uniques = [...text.matchAll(/CREATE\s+UNIQUE\s+INDEX\s+"\w+"\s+ON\s+"(\w+)"/gi)];
  const strict = uniques.filter(([, table]) => !made.has(table)).map(([, table]) => `${table} made unique`);
  return [...Object.keys(hostile).filter((name) => hostile[name]?.test(text)), ...strict];
}

test('a migration removes nothing that the previous version uses', () => {
  const directories = readdirSync('prisma/migrations').filter((name) => /^\d/.test(name));
  const found = directories.flatMap((name) =>
    breaksIn(readFileSync(`prisma/migrations/${name}/migration.sql`, 'utf8')).map(
      (what) => `${name}: ${what}`,
    ),
  );
  expect(found.sort()).toEqual(Object.keys(contracts).sort());
});

test.each([
  ['DROP TABLE "signal";', 'DROP TABLE'],
  ['ALTER TABLE "app" DROP COLUMN "homepage";', 'DROP COLUMN'],
  ['ALTER TABLE "app" RENAME COLUMN "name" TO "title";', 'RENAME'],
  ['ALTER TABLE "app" ALTER COLUMN "homepage" SET NOT NULL;', 'SET NOT NULL'],
  ['ALTER TABLE "app" ALTER COLUMN "name" SET DATA TYPE VARCHAR(9);', 'another type'],
  ['ALTER TABLE "app" ADD COLUMN "a" TEXT NOT NULL;', 'a column without a default that must be given'],
  ['ALTER TABLE "app" ADD COLUMN "a" TEXT DEFAULT gen_random_uuid();', 'a default that rewrites the table'],
  ['CREATE UNIQUE INDEX "app_name_key" ON "app"("name");', 'app made unique'],
  ['DELETE FROM "consent";', 'rows changed or gone'],
])('%s does', (sql, what) => {
  expect(breaksIn(sql)).toContain(what);
});

async function emptyDatabase(): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name}`);
  atEnd(() => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
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
