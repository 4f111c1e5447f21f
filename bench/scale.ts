import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { openRowTags, taggedTables } from '../src/assembly/row-tags.ts';
import { createDatabase } from '../src/kit/database/database.ts';
import { createKeyring } from '../src/kit/keys/keyring.ts';
import { adoptRows } from '../src/kit/keys/row-adoption-store.ts';
import { createRowTagKeyStore } from '../src/kit/keys/row-tag-key-store.ts';
import { newSigningSecret } from '../src/webhooks/signature.ts';
import { createSigningSecrets } from '../src/webhooks/signing-secrets.ts';
import { seedPeople, type Timed } from '../test/prove/lists/seed-people.ts';
import { seedWork } from '../test/prove/lists/seed-work.ts';
import { seedEvents } from '../test/prove/seed-events.ts';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { fillFloorTable } from './floor-table.ts';
import { drive } from './load.ts';
import { measureJobs, sealEvents } from './scale/jobs.ts';
import { get, measureLists } from './scale/lists.ts';
import { seed } from './seed.ts';
import {
  asBroker,
  type How,
  type Postgres,
  production,
  type Server,
  startPostgres,
  startServer,
} from './servers.ts';

// Fills a database for a million people and measures there, over HTTP, at a broker of its own process: retrieval beside the
// floor, before and after; the start; each list with its filters; and the statements of the background jobs.
// It prints figures and fails nothing.

const { values: given } = parseArgs({
  options: {
    users: { type: 'string', default: '1000000' },
    events: { type: 'string', default: '10000000' },
    weeks: { type: 'string', default: '13' },
    /** People whose tokens are retrieved. */
    asked: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '5' },
    /** The lists to read. */
    only: { type: 'string', default: '' },
    /** lists, jobs, retrieval; default: all. */
    parts: { type: 'string', default: 'retrieval,lists,jobs' },
  },
});
const parts = new Set(given.parts.split(','));
const issuer = 'https://broker.example';
const host = 'broker.example';
const alias = 'bench';
const key = randomBytes(32);
const token = randomBytes(32).toString('base64url');
const say = (line: string) => void process.stdout.write(`${line}\n`);

const opened = new AsyncDisposableStack();
try {
  await run();
} finally {
  await opened.disposeAsync();
}
process.exit();

async function run(): Promise<void> {
  const postgres = await startPostgres(opened);
  const { databaseUrl, directory } = postgres;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  opened.defer(() => pool.end());
  const client = await pool.connect();
  await seedEvents(client, { events: 0, weeks: Number(given.weeks) });
  client.release();
  const asked = await seed({
    ...{ issuer, databaseUrl, key: { id: 'bench', key }, users: Number(given.asked), directory, alias },
  });
  await fillFloorTable(databaseUrl, asked, key);
  const ask = { host, path: `/v1/me/identities/${alias}/token`, people: asked.people };
  const floor = async () =>
    await startServer(opened, { file: 'bench/floor.ts' }, (port) => ({
      arguments: [databaseUrl, String(port), issuer, key.toString('base64')],
    }));
  const measure = async (servers: { broker: Server; floor: Server }) =>
    parts.has('retrieval') ? await measureRetrieval(pool, { ...servers, postgres, ask }) : undefined;

  const first = new AsyncDisposableStack();
  opened.use(first);
  const small = await measure({ broker: await startBroker(first, postgres, 0), floor: await floor() });
  await first.disposeAsync();

  await sealEvents(postgres, { issuer, key });
  await fill(pool, databaseUrl);
  await explainSlow(pool);
  const metricsPort = 9_464;
  const begun = performance.now();
  const broker = await startBroker(opened, postgres, metricsPort);
  const { status } = await get(broker.port, ask.path, {
    host,
    authorization: `Bearer ${asked.people[0]?.bearer}`,
  });
  say(`start to the first token: ${(performance.now() - begun).toFixed(0)} ms (${status})`);
  const large = await measure({ broker, floor: await floor() });
  if (small && large)
    say(
      `p99, large to small: broker ${(large.broker / small.broker).toFixed(2)}, floor ${(large.floor / small.floor).toFixed(2)}`,
    );
  if (parts.has('lists')) {
    const lines = await measureLists({
      ...{ port: broker.port, metricsPort, host, token, directory, rounds: Number(given.rounds) },
      only: new RegExp(given.only),
    });
    for (const line of lines) say(line);
    say(`memory of the broker: ${memoryOf(broker.pid).toFixed(0)} MiB`);
  }
  if (parts.has('jobs')) for (const line of await measureJobs(postgres, { issuer, key })) say(line);
}

async function startBroker(stack: AsyncDisposableStack, postgres: Postgres, metricsPort: number) {
  const configured = asBroker(postgres, { issuer, key });
  const how = (port: number): How => ({
    environment: {
      ...configured(port).environment,
      ADMIN_API_TOKEN: token,
      ...(metricsPort > 0 && { METRICS_PORT: String(metricsPort) }),
    },
  });
  return await startServer(stack, production, how);
}

/** Fills the tables by statements of the server, then tags the rows, as a broker that adopts them does. */
async function fill(pool: pg.Pool, databaseUrl: string): Promise<void> {
  const size = { identities: Number(given.users), events: Number(given.events), weeks: Number(given.weeks) };
  let begun = performance.now();
  const timed: Timed = async (step, text, values = []) => {
    await pool.query(text, [...values]);
    say(`seeded ${step}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    begun = performance.now();
  };
  await seedPeople(pool, size.identities, timed, 'bench');
  await seedWork(pool, { ...size, past: true }, timed);
  await timed(
    'revocations',
    `INSERT INTO revocation (kind, value, at, until)
     SELECT 'token', md5('v' || n), now(), now() + n * interval '1 second' FROM generate_series(1, $1::int / 100) n`,
    [size.identities],
  );
  const database = createDatabase({ url: databaseUrl, poolSize: 2 });
  const keyring = createKeyring([{ id: 'bench', key }]);
  const tags = await openRowTags({ database, keyring });
  // A million tags take minutes. Rows of the others are read one at a time, and not believed.
  const tagged = taggedTables.filter(({ name }) => name !== 'artifact' && name !== 'consent');
  for (const table of tagged) await adoptRows(database.pool, tags, table);
  const store = createRowTagKeyStore(database.pool, keyring);
  const known = await store.read();
  const secrets = createSigningSecrets(keyring);
  for (const { id } of (await pool.query<{ id: string }>('SELECT id FROM webhook_endpoint')).rows)
    await pool.query('UPDATE webhook_endpoint SET secrets = $2, enabled = false WHERE id = $1', [
      id,
      secrets.seal(id, newSigningSecret()),
    ]);
  if (known) await store.setStage(known, 'required');
  await database.close();
  await timed('tags', 'SELECT 1');
  await timed('vacuum', 'VACUUM ANALYZE');
  await pool.query('CHECKPOINT');
  const { rows } = await pool.query('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  say(`${JSON.stringify(size)}: ${rows[0]?.size}`);
}

/** Slow statements of later sessions are in the server's log with their plans. */
async function explainSlow(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  await client.query(`LOAD 'auto_explain'`);
  for (const [name, value] of Object.entries({
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '25ms',
    'auto_explain.log_format': 'json',
  }))
    await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await client.query('SELECT pg_reload_conf()');
  client.release();
}

interface Retrieval {
  readonly broker: Server;
  readonly floor: Server;
  readonly postgres: Postgres;
  readonly ask: Pick<Parameters<typeof drive>[0], 'host' | 'path' | 'people'>;
}

/** Drives both servers in turn. Returns their p99 in milliseconds. */
async function measureRetrieval(pool: pg.Pool, { broker, floor, postgres, ask }: Retrieval) {
  const position = async () => {
    const { rows } = await pool.query<{ at: string }>(
      `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS at`,
    );
    return Number(rows[0]?.at);
  };
  const sums = {
    floor: { requests: 0, cpu: 0, wal: 0, latencies: [] as number[] },
    broker: { requests: 0, cpu: 0, wal: 0, latencies: [] as number[] },
  };
  const loaded = async (server: Server, milliseconds: number) => {
    const load = await drive({ ...ask, port: server.port, connections: 32, milliseconds });
    // Writes that follow the answers count as part of their cost.
    await pause(500);
    return load;
  };
  await loaded(floor, 1_000);
  await loaded(broker, 2_000);
  for (let round = 0; round < 3; round += 1)
    for (const [name, server] of [
      ['floor', floor],
      ['broker', broker],
    ] as const) {
      const before = cpuOf(server.pid) + cpuOfPostgres(postgres.postmaster);
      const at = await position();
      const load = await loaded(server, Number(given.seconds) * 1000);
      const sum = sums[name];
      sum.requests += load.requests;
      sum.cpu += cpuOf(server.pid) + cpuOfPostgres(postgres.postmaster) - before;
      sum.wal += (await position()) - at;
      sum.latencies.push(...load.latencies);
    }
  const p99 = (latencies: readonly number[]) =>
    [...latencies].sort((one, other) => one - other)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
  const cpu = (name: 'floor' | 'broker') => (sums[name].cpu / sums[name].requests) * 1e6;
  const result = { broker: p99(sums.broker.latencies), floor: p99(sums.floor.latencies) };
  say(
    `retrieval, 32 connections: CPU ${cpu('broker').toFixed(0)} µs, ${(cpu('broker') / cpu('floor')).toFixed(2)} of the floor; ` +
      `requests ${(sums.broker.requests / sums.floor.requests).toFixed(2)} of the floor; p99 ${result.broker.toFixed(1)} ms, ` +
      `${(result.broker / result.floor).toFixed(2)} of the floor; WAL ${(sums.broker.wal / sums.broker.requests).toFixed(0)} bytes`,
  );
  return result;
}
