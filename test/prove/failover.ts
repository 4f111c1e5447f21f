import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { registerApp } from '../chaos/app.ts';
import { setStage } from '../chaos/stage.ts';
import {
  type Cluster,
  missingPrograms,
  password,
  prepareDatabase,
  startCluster,
  type Way,
} from './failover/cluster.ts';
import { type Done, type FailoverLoad, startLoad } from './failover/load.ts';
import { longestGap, startWatch, type Watch } from './failover/watch.ts';

// npm run prove:failover. Three PostgreSQL servers under Patroni with a synchronous standby, three members of etcd and
// three brokers under load on this machine; each play is one kind of failure. It needs Linux and the programs that
// `missingPrograms` names, takes half an hour, and is no part of CI.

const { values } = parseArgs({
  options: {
    by: { type: 'string', default: 'hosts,haproxy,pgbouncer' },
    play: { type: 'string' },
    ttl: { type: 'string', default: '15' },
    people: { type: 'string', default: '8' },
  },
});

/** What is done to the cluster. Each returns what undoes it. */
const plays: Readonly<Record<string, (cluster: Cluster) => Promise<() => Promise<void> | void>>> = {
  async kill({ roles }) {
    const { primary } = await roles();
    primary.kill();
    return () => primary.start();
  },
  async switchover(cluster) {
    await cluster.switchOver();
    return () => undefined;
  },
  async freeze({ roles }) {
    const { primary } = await roles();
    primary.freeze();
    return () => primary.thaw();
  },
  async 'lost standby'({ roles }) {
    const { synchronous } = await roles();
    synchronous.kill();
    return () => synchronous.start();
  },
  async 'lost quorum'({ loseQuorum, regainQuorum }) {
    loseQuorum();
    return regainQuorum;
  },
  async 'read-only'(cluster) {
    const { primary } = await cluster.roles();
    const url = cluster.nodeUrl(primary, 'postgres');
    await statements(url, [
      "ALTER SYSTEM SET default_transaction_read_only = 'on'",
      'SELECT pg_reload_conf()',
    ]);
    return () =>
      statements(url, [
        'SET default_transaction_read_only = off',
        'ALTER SYSTEM RESET default_transaction_read_only',
        'SELECT pg_reload_conf()',
      ]);
  },
};

/** Milliseconds of load after the new primary has answered, and before a play is undone at the earliest. */
const afterwards = 15_000;
/** Milliseconds after which a request must not fail any more. */
const allowed = 2_000;
const database = 'chaos';

const missing = missingPrograms();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(2);
}
const names = values.play?.split(',') ?? Object.keys(plays);
let round = new AsyncDisposableStack();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void round.disposeAsync().finally(() => process.exit(130)));
let allWell = true;
for (const way of values.by.split(',') as Way[]) {
  round = new AsyncDisposableStack();
  try {
    allWell = (await proveBy(way, round)) && allWell;
  } finally {
    await round.disposeAsync();
  }
}
process.exitCode = allWell ? 0 : 1;

async function proveBy(way: Way, round: AsyncDisposableStack): Promise<boolean> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-failover-'));
  round.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }));
  await chmod(directory, 0o711);
  const cluster = await startCluster(directory, Number(values.ttl), round);
  const { primary } = await cluster.roles();
  await prepareDatabase(cluster.nodeUrl(primary, 'postgres'), database);
  const brokers = cluster.urlsOf('broker', database)[way];
  if (!brokers) throw new Error(`--by=${way}: say hosts, haproxy or pgbouncer`);
  const stage = await setStage('failover', round, {
    own: cluster.urlsOf('postgres', database).hosts.url,
    brokers: brokers.url,
    direct: brokers.direct,
  });
  await stage.pool.query('CREATE TABLE proof_beat AS SELECT now() AS at');
  const load = await startLoad(stage, await registerApp(stage), Number(values.people));
  round.defer(() => load.stop());
  const watch = startWatch(cluster, database);
  round.defer(() => watch.stop());
  process.stdout.write(
    `\n${way}: ${cluster.version}, Patroni with a ttl of ${values.ttl} s, load ${loadOfMachine()}\n`,
  );
  process.stdout.write('play           database away  refreshes away  reads away  failed  late  lost\n');
  let well = true;
  for (const name of names) well = (await act(name, { cluster, load, watch })) && well;
  const died = stage.fleet.died.map(({ label }) => label);
  if (died.length > 0) process.stdout.write(`brokers that ended by themselves: ${died.join(', ')}\n`);
  return well && died.length === 0;
}

/** Seconds are only comparable on a machine that has nothing else to do. */
function loadOfMachine(): string {
  return `${os.loadavg()[0]?.toFixed(1)} on ${os.availableParallelism()} cores`;
}

interface Scene {
  readonly cluster: Cluster;
  readonly load: FailoverLoad;
  readonly watch: Watch;
}

async function act(name: string, { cluster, load, watch }: Scene): Promise<boolean> {
  const play = plays[name];
  if (!play) throw new Error(`--play=${name}: say ${Object.keys(plays).join(', ')}`);
  await cluster.untilWhole();
  await pause(5_000);
  const begun = performance.now();
  const undo = await play(cluster);
  // A failure that no server survives is undone after a while, so that there is a primary again.
  await untilCommits(watch, begun);
  await pause(afterwards);
  await undo();
  await untilCommits(watch, performance.now());
  await cluster.untilWhole();
  await pause(afterwards);
  const ended = performance.now();
  const commits = watch.commits.map(({ at }) => at);
  const outage = longestGap(commits, begun, ended);
  const done = load.done.filter((one) => one.ended >= begun && one.ended <= ended);
  const failed = done.filter((one) => !one.well);
  const late = failed.filter((one) => one.ended > outage.to + allowed);
  const lost = await load.losses();
  const away = (kind: Done['kind']) => {
    const well = done.filter((one) => one.kind === kind && one.well).map((one) => one.ended);
    const { from, to } = longestGap(well, begun, ended);
    return `${((to - from) / 1000).toFixed(1)} s`;
  };
  const cells = [
    name.padEnd(13),
    `${((outage.to - outage.from) / 1000).toFixed(1)} s`.padStart(14),
    away('refresh').padStart(14),
    away('read').padStart(14),
    String(failed.length).padStart(7),
    String(late.length).padStart(5),
    String(lost.length).padStart(5),
  ];
  process.stdout.write(`${cells.join(' ')}\n`);
  for (const one of late.slice(0, 12)) {
    const after = ((one.ended - outage.to) / 1000).toFixed(1);
    const took = ((one.ended - one.begun) / 1000).toFixed(1);
    process.stdout.write(
      `    late: ${one.kind} ${after} s after the primary, took ${took} s: ${one.answer.slice(0, 90)}\n`,
    );
  }
  return late.length === 0 && lost.length === 0;
}

/** Waits until a row is committed later than `since`, for half a minute at most. */
async function untilCommits(watch: Watch, since: number): Promise<void> {
  await pause(2_000);
  for (let tries = 0; tries < 300; tries += 1) {
    const last = watch.commits.at(-1)?.at ?? 0;
    if (last > since + 2_000 && performance.now() - last < 500) return;
    await pause(100);
  }
}

async function statements(url: string, texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, password });
  await client.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}
