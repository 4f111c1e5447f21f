import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { UnfitDatabase } from '../../src/kit/database/unfit-database.ts';
import { atEnd } from '../support/at-end.ts';

// Several processes of a new version start at once on an old database, and some of them are killed.

let url: string;
const made: string[] = [];

async function onServer(text: string, database = 'postgres'): Promise<pg.QueryResult> {
  const at = new URL(inject('postgresUrl'));
  at.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: at.href });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

beforeEach(async () => {
  const name = `migrate_${randomBytes(6).toString('hex')}`;
  made.push(name);
  await onServer(`CREATE DATABASE ${name}`);
  url = Object.assign(new URL(inject('postgresUrl')), { pathname: `/${name}` }).href;
});

atEnd(async () => {
  for (const name of made) await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

const names = async () =>
  (await readdir('prisma/migrations', { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

it('of processes that start together one migrates, and the others find it done', async () => {
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(url)));
  expect(applied.flat().sort()).toEqual(await names());
  expect(await applyMigrations(url)).toEqual([]);
});

it('one that ended before the migration leaves nothing, and the next one migrates', async () => {
  // Another process holds the lock that the schema engine takes first.
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(72707369)');
  const ending = applyMigrations(url).catch((error: unknown) => error);
  const waiting = `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
    WHERE datname = '${new URL(url).pathname.slice(1)}' AND wait_event_type = 'Lock'`;
  let ended = 0;
  for (let tries = 0; tries < 2000 && ended === 0; tries += 1)
    ended = (await onServer(waiting)).rowCount ?? 0;
  await holder.end();
  expect(ended).toBe(1);
  expect(await ending).toBeInstanceOf(Error);
  const rest = await applyMigrations(url);
  expect(rest.length).toBeGreaterThan(0);
  expect(await applyMigrations(url)).toEqual([]);
});

describe('a migration that has failed', () => {
  const first = '20261121000000_first';
  const sql = readFileSync(`prisma/migrations/${first}/migration.sql`, 'utf8');
  const database = () => new URL(url).pathname.slice(1);
  const run = (text: string) => onServer(text, database());

  /** The state that the schema engine leaves: the row of an unfinished migration. */
  const failed = `CREATE TABLE _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
      migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
      started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);
    INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ('1', 'a', '${first}', 'ended')`;

  it('before it created anything is applied at the next start', async () => {
    await run(failed);
    expect(await applyMigrations(url)).toEqual(await names());
    expect(await applyMigrations(url)).toEqual([]);
  });

  it('after it created everything counts as applied', async () => {
    await run(`${failed}; ${sql}`);
    expect(await applyMigrations(url)).toEqual(await names());
  });

  it('in the middle stops each start by name until it is resolved on request', async () => {
    const [some = ''] = sql.split('CREATE TABLE "vault_entry"');
    await run(`${failed}; ${some}`);
    const refused = await applyMigrations(url).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UnfitDatabase);
    expect(String(refused)).toContain(`${first} has failed and is half applied; finish it with`);
    expect(await applyMigrations(url, { resolve: true })).toEqual(await names());
    expect(await applyMigrations(url)).toEqual([]);
  });

  it('leaves nothing behind, is named, and is applied once its cause is gone', async () => {
    await run('CREATE VIEW signal AS SELECT 1');
    const refused = await applyMigrations(url).catch((error: unknown) => error);
    expect(String(refused)).toMatch(
      /the migration \w+_signal cannot be applied: .*"signal".*nothing of it was kept/,
    );
    await run('DROP VIEW signal');
    expect(await applyMigrations(url)).toContain('20261121051000_signal');
    expect(await applyMigrations(url)).toEqual([]);
  });
});
