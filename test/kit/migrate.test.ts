import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { beforeEach, expect, inject, it } from 'vitest';
import { applyMigrations } from '../../src/kit/migrate.ts';
import { atEnd } from '../support/at-end.ts';

// F37: several processes of a new version start at once on a database of an old one, and some of them are killed.

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

it('one that ended before it began leaves nothing, and the next does it', async () => {
  // Somebody else has the lock that the schema engine takes before it begins.
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
