import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBroker } from '../../src/assembly/broker.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createRowTags } from '../../src/kit/keys/row-tags.ts';
import { createLog } from '../../src/kit/log.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createAuditStreamStore } from '../../src/webhooks/audit-stream-store.ts';
import { record, type Statement } from '../prove/lists/measure.ts';
import { atEnd } from '../support/at-end.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { readsOf } from '../support/plan-reads.ts';
import { freePort } from '../support/world.ts';
import { rows, seedRows } from './table-rows.ts';

// A statement that reads a large table as a whole takes seconds where there are a million people. Here the tables have 20,000
// rows, and the plans say how many of them each statement has read.

/** A window of a bounded search is 4,000 rows, with the position of its end. */
const most = 4_500;

/** Statements that go through a table on purpose, in parts or for a connection that changed. */
const inParts = /^WITH part AS MATERIALIZED/;
/** Jobs that ask providers and receivers, of which there are none here. */
const outbound = new Set(['vault-ahead', 'vault-recover', 'vault-departures', 'backchannel-logout']);

const token = randomBytes(24).toString('base64url');
let database: Database;
let taken: () => readonly Statement[];
let broker: Awaited<ReturnType<typeof createBroker>>;
let url: string;

beforeAll(async () => {
  database = createDatabase({ url: await freshDatabaseUrl(), poolSize: 5 });
  taken = record(database.pool);
  await seedRows(database.pool);
  const port = await freePort();
  url = `http://localhost:${port}`;
  broker = await createBroker({
    ...{ issuer: url, trustedProxyHops: 0, allowLoopbackHosts: true, allowedPrivateHosts: [] },
    adminApiToken: new Secret(token),
    spillDirectory: '/nonexistent',
    database,
    // Believes the rows of the seed.
    rowTags: createRowTags(randomBytes(32), 'adopting'),
    keyring: createKeyring([{ id: 'test', key: randomBytes(32) }]),
    clock: systemClock,
    log: createLog('silent'),
  });
  await broker.listen(port, '127.0.0.1');
  atEnd(async () => {
    await broker.close();
    await database.close();
  });
});

/** Returns the statements that have read too much of a table, in short. */
async function greedy(statements: readonly Statement[]): Promise<readonly string[]> {
  const found: string[] = [];
  const each = new Map(statements.map((statement) => [statement.text, statement]));
  for (const statement of each.values()) {
    if (inParts.test(statement.text)) continue;
    // At this size the planner would take the whole table for quicker than some indexes.
    const reads = await readsOf(database.pool, statement, 'SET LOCAL enable_seqscan = off');
    for (const { table, scan, rows: read } of reads?.tables ?? [])
      if (read > most)
        found.push(`${scan} of ${read} rows of ${table}: ${statement.text.replace(/\s+/g, ' ')}`);
  }
  return found;
}

it('the tables are large', async () => {
  for (const table of [
    'vault_entry',
    'identity',
    '"user"',
    'audit_event',
    'app_use',
    'artifact',
    'session_origin',
  ]) {
    const { rows: counted } = await database.pool.query(`SELECT count(*)::int AS n FROM ${table}`);
    expect([table, counted[0]?.n]).toEqual([table, expect.closeTo(rows, -2)]);
  }
});

it('a statement that reads a whole table is found', async () => {
  expect(
    await greedy([{ text: `SELECT 1 FROM vault_entry WHERE last_error = 'x'`, values: [], took: 0 }]),
  ).toEqual([expect.stringMatching(/Scan of 20000 rows of vault_entry/)]);
});

it('no job of the schedule reads a large table as a whole', async () => {
  for (const { name, run } of broker.jobs.filter((job) => !outbound.has(job.name))) {
    taken();
    await run();
    expect([name, await greedy(taken())]).toEqual([name, []]);
  }
});

it('the stream of the audit goes by an index, also in a database that was restored', async () => {
  const store = createAuditStreamStore(database.pool);
  const begun = await store.take('one');
  taken();
  const { events, next } = await store.read({ tx: '0', eventId: '', through: new Date(0) }, 500);
  expect(events.length).toBe(500);
  await store.read(next, 500);
  await store.read({ tx: '9000000000000', eventId: '', through: begun?.through ?? new Date() }, 500);
  await store.lag();
  expect(await greedy(taken().filter(({ text }) => !text.includes('renumber_audit_feed')))).toEqual([]);
});

it('the gauges count the entries in parts, beside the scrape', async () => {
  taken();
  await expect.poll(broker.metrics.text, { timeout: 10_000 }).toContain('symbolon_vault_entries{');
  expect(await greedy(taken())).toEqual([]);
});

describe('a list of the admin API reads a bounded part of each table in a statement', () => {
  it.each([
    '/users?',
    '/users?sort=last_login',
    '/users?connection=large',
    '/users?disabled=true',
    '/users?role=operator',
    '/users?q=zzyzx',
    '/users?q=person',
    '/users?q=absent%40example.com',
    '/identities?',
    '/identities?connection=large',
    '/identities?state=reauthorization_required',
    '/identities?state=revoked',
    '/identities?state=refreshing',
    '/identities?state=retrying',
    '/identities?state=expiring',
    '/identities?sort=ends',
    '/identities?app=app_one',
    '/identities?q=zzyzx',
    '/events?type=token.refused',
    '/events?type=database.restored',
    '/events?app=app_none',
    '/events?user=usr_00000000000000000000000007',
    '/events?identity=idn_00000000000000000000000007',
    '/events?actor=app_one',
    '/events?actor=adt_none',
    '/attention?',
    '/health/grants?',
    '/health/ending?',
    '/apps?',
    '/departures?',
  ])('%s', async (path) => {
    taken();
    const answer = await fetch(`${url}/admin/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(await greedy(taken())).toEqual([]);
  });
});
