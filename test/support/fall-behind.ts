import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { atEnd } from './at-end.ts';
import type { TestDatabase } from './database.ts';

/**
 * Copies the database as it is now, like a standby with a lag. Returns a function that fails over to the
 * copy: every session ends, and new ones find the database without its last commits.
 */
export async function fallBehind({ url }: Pick<TestDatabase, 'url'>): Promise<() => Promise<void>> {
  const name = new URL(url).pathname.slice(1);
  const standby = `test_${randomBytes(6).toString('hex')}`;
  const former = `test_${randomBytes(6).toString('hex')}`;
  atEnd(() =>
    run(
      url,
      [standby, former].map((other) => `DROP DATABASE IF EXISTS ${other} WITH (FORCE)`),
    ),
  );
  const alone = [
    `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`,
  ];
  const again = `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`;
  await run(url, [...alone, `CREATE DATABASE ${standby} TEMPLATE ${name}`, again]);
  return () =>
    run(url, [
      ...alone,
      `ALTER DATABASE ${name} RENAME TO ${former}`,
      `ALTER DATABASE ${standby} RENAME TO ${name}`,
      again,
    ]);
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const postgres = new URL(url);
  postgres.pathname = '/postgres';
  const client = new pg.Client({ connectionString: postgres.href });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
