import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/kit/database/database.ts';
import { openDatabase } from '../../src/kit/database/open-database.ts';
import { renumberFeed } from '../../src/kit/events/event-feed-store.ts';
import { newId } from '../../src/kit/ids.ts';
import { prepareJobs, startJobs } from '../../src/kit/jobs.ts';
import { createLog } from '../../src/kit/log.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { asNewRole, asSuperuser, freshDatabaseUrl } from '../support/database.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld } from '../support/world.ts';

let owner: string;
let runtime: { url: string; role: string };
let app: pg.Pool;
const runCommand = createShell();

/** Returns the SQL below a mark in docs/database.md, for another role. */
function grants(mark: string, name: string, role: string): string {
  const [, sql = ''] =
    readFileSync('docs/database.md', 'utf8').split(`<!-- ${mark} -->`)[1]?.split('```sql') ?? [];
  return (sql.split('```')[0] ?? '').replaceAll(name, role);
}

async function poolOf(url: string): Promise<pg.Pool> {
  const database = createDatabase({ url, poolSize: 10 });
  atEnd(() => database.close());
  return database.pool;
}

beforeAll(async () => {
  owner = await freshDatabaseUrl();
  await prepareJobs(await poolOf(owner));
  runtime = await asNewRole(owner);
  expect(await runCommand(['migrate', '--grant', runtime.role], { DATABASE_URL: owner })).toMatchObject({
    code: 0,
    stdout: `The database is up to date.\nThe role ${runtime.role} can run the broker.\n`,
  });
  app = await poolOf(runtime.url);
});

const refusal = (sql: string, pool = app) =>
  pool.query(sql).then(
    () => 'done',
    ({ message }: Error) => message,
  );

describe('the role that runs the broker', () => {
  it('is enough for sign-in, retrieval, refresh, unlinking and every job', async () => {
    const { database: opened } = await openDatabase({ url: runtime.url, directUrl: undefined, poolSize: 10 });
    atEnd(() => opened.close());
    const world = await createWorld({ database: { ...opened, url: runtime.url } });
    const client = await createApp(world);
    const tokens = await client.signIn({ connection: 'google', user: 'lin' });
    const ask = (query = '') =>
      callApi(world.issuer, `/v1/me/identities/google/token${query}`, tokens.access_token);
    const first = await ask();
    const second = await ask('?force=true');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body.access_token).not.toBe(first.body.access_token);
    const { rows } = await app.query('SELECT id, user_id AS "userId" FROM identity');
    await linkSecond(world, rows[0].userId, 'github', 'second');
    await world.broker.removals.unlink({ userId: rows[0].userId, identityId: rows[0].id });
    await world.broker.upstreamRevocations.idle();
    for (const { name, run } of world.broker.jobs) await expect(run(), name).resolves.not.toThrow();
    const jobs = await startJobs({ pool: app, log: createLog('silent') }, world.broker.jobs);
    await jobs.stop();
    const types = (await app.query('SELECT DISTINCT type FROM audit_event')).rows.map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['login.succeeded', 'token.retrieved', 'token.refreshed', 'identity.unlinked']),
    );
    expect((await app.query('SELECT count(*)::int AS seals FROM audit_seal')).rows[0].seals).toBeGreaterThan(
      0,
    );
  });

  it.each(['audit_event', 'audit_seal'])('cannot change or delete what %s has', async (table) => {
    const denied = `permission denied for table ${table}`;
    const column = table === 'audit_event' ? 'type' : 'kind';
    expect(await refusal(`UPDATE ${table} SET ${column} = 'x'`)).toBe(denied);
    expect(await refusal(`DELETE FROM ${table}`)).toBe(denied);
    expect(await refusal(`TRUNCATE ${table}`)).toBe(denied);
    expect(await refusal(`SELECT * FROM ${table} FOR UPDATE`)).toBe(denied);
  });

  it.each([
    'DROP TABLE audit_event',
    'ALTER TABLE audit_event DISABLE TRIGGER ALL',
    'ALTER TABLE audit_seal DROP COLUMN signature',
    'CREATE TABLE public.another (id int)',
    'CREATE SCHEMA another',
    'CREATE TRIGGER t BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()',
    'CREATE RULE r AS ON INSERT TO audit_event DO INSTEAD NOTHING',
    'GRANT UPDATE ON audit_event TO PUBLIC',
    'CREATE INDEX ON audit_event (detail)',
    'DELETE FROM _prisma_migrations',
    'SET ROLE postgres',
    'TRUNCATE vault_entry',
  ])('cannot run %s', async (sql) => {
    const answer = await refusal(sql);
    // PostgreSQL answers a GRANT without the right to it with a warning, and grants nothing.
    if (!sql.startsWith('GRANT')) expect(answer).toMatch(/permission denied|must be owner/);
    expect(await refusal(`UPDATE audit_event SET type = 'x'`)).toMatch(/permission denied/);
  });

  it('has the rights to every table, also to one of a later version', async () => {
    await asSuperuser(owner, 'CREATE TABLE later (id int); CREATE TABLE jobs.later (id int)');
    const { rows } = await app.query(
      `SELECT relname AS name FROM pg_class
        WHERE relnamespace IN ('public'::regnamespace, 'jobs'::regnamespace) AND relkind IN ('r', 'p')
          AND NOT relispartition AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                   AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['_prisma_migrations', 'audit_event', 'audit_seal']);
    await asSuperuser(owner, 'DROP TABLE later; DROP TABLE jobs.later');
  });

  it('renumbers the events of a restored dump, and no table that it has put in the place of theirs', async () => {
    const [ahead, usual] = [newId('evt'), newId('evt')];
    const insert = `INSERT INTO audit_event (id, type) VALUES ('${ahead}', 'app.created'), ('${usual}', 'app.created')`;
    await asSuperuser(owner, `${insert}; UPDATE audit_event SET tx = '900000000000' WHERE id = '${ahead}'`);
    const client = await app.connect();
    await client.query('CREATE TEMP TABLE audit_event (tx xid8)');
    await client.query(`INSERT INTO pg_temp.audit_event VALUES ('900000000000')`);
    await renumberFeed(client);
    const own = await client.query('SELECT tx::text AS tx FROM pg_temp.audit_event');
    await client.query('DROP TABLE pg_temp.audit_event');
    client.release();
    expect(own.rows).toEqual([{ tx: '900000000000' }]);
    const { rows } = await app.query(
      `SELECT id, e.tx = '0'::xid8 AS first FROM audit_event e WHERE id = ANY ($1)`,
      [[ahead, usual]],
    );
    expect(Object.fromEntries(rows.map(({ id, first }) => [id, first]))).toEqual({
      [ahead]: true,
      [usual]: false,
    });
  });
});

it('the role for reports reads the audit and names, and nothing sealed or hashed', async () => {
  const report = await asNewRole(owner);
  await asSuperuser(owner, grants('to report', 'symbolon_report', report.role));
  const pool = await poolOf(report.url);
  expect(await refusal('SELECT * FROM audit_event LIMIT 1', pool)).toBe('done');
  expect(await refusal('SELECT id, name FROM app', pool)).toBe('done');
  for (const sql of [
    'SELECT secret_hash FROM app',
    'SELECT client_secret FROM connection',
    'SELECT * FROM vault_entry',
    'SELECT * FROM browser_session',
    'SELECT * FROM signing_key',
    `INSERT INTO audit_event (id, type) VALUES ('x', 'y')`,
    `UPDATE app SET name = 'x'`,
  ])
    expect(await refusal(sql, pool), sql).toMatch(/permission denied/);
});
