import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../src/kit/embedded-postgres.ts';
import { applyMigrations } from '../src/kit/migrate.ts';
import { auditLoss } from './audit-loss.ts';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { fillFloorTable } from './floor-table.ts';
import { drive } from './load.ts';
import { type Measure, report } from './report.ts';
import { seed } from './seed.ts';

// The hot path against its floor: same Node, same PostgreSQL, same tokens, rounds in turn. The broker is a process of
// its own, as in production (NODE_ENV=production, log level info, written to /dev/null).

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32,1' },
    /** A folder for CPU profiles of both servers. */
    profile: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const opened = new AsyncDisposableStack();
try {
  const stage = await setStage();
  for (const connections of values.connections.split(',').map(Number)) await compare(stage, connections);
  // A profile is written when its process ends in peace.
  if (!values.profile && !(await auditLoss(stage.broker, stage))) process.exitCode = 1;
} finally {
  await opened.disposeAsync();
}

async function setStage() {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-bench-'));
  // As root, PostgreSQL runs under another account, which must be able to pass.
  await chmod(directory, 0o711);
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const { url: databaseUrl, stop } = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(stop);
  await applyMigrations(databaseUrl);
  const pidFile = path.join(directory, 'postgres/data/postmaster.pid');
  const postmaster = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);

  const key = randomBytes(32);
  const users = Number(values.users);
  process.stdout.write(`seeding ${users} users …\n`);
  const { people, alias } = await seed({ issuer, databaseUrl, key: { id: 'bench', key }, users, directory });
  await fillFloorTable(databaseUrl, { issuer, people, alias }, key);

  const base64 = key.toString('base64');
  const metricsPort = await freePort();
  const broker = await serverOf('src/main.ts', (port) => ({
    environment: {
      NODE_ENV: 'production',
      PUBLIC_URL: issuer,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEYS: `bench:${base64}`,
      DATA_DIR: directory,
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
    },
  }));
  const floor = await serverOf('bench/floor.ts', (port) => ({
    arguments: [databaseUrl, String(port), issuer, base64],
  }));
  const ask = { host: 'broker.example', path: `/v1/me/identities/${alias}/token`, people };
  return { broker, floor, postmaster, databaseUrl, ask, answered: 0 };
}

/** Warms both up, then measures them in turn. */
async function compare(stage: Awaited<ReturnType<typeof setStage>>, connections: number): Promise<void> {
  const { ask, postmaster } = stage;
  const measures = { floor: [] as Measure[], broker: [] as Measure[] };
  const names = ['floor', 'broker'] as const;
  const loaded = async (name: (typeof names)[number], milliseconds: number) => {
    const load = await drive({ ...ask, port: stage[name].port, connections, milliseconds });
    if (name === 'broker') stage.answered += load.requests;
    // What is written behind the answers belongs to them.
    await pause(250);
    return load;
  };
  for (const name of names) await loaded(name, 2_000);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of names) {
      const { pid } = stage[name];
      const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
      const load = await loaded(name, Number(values.seconds) * 1000);
      const server = cpuOf(pid) - before.server;
      const postgres = cpuOfPostgres(postmaster) - before.postgres;
      measures[name].push({ ...load, server, postgres, memory: memoryOf(pid) });
    }
  }
  process.stdout.write(report(connections, measures));
}

interface Server {
  readonly pid: number;
  readonly port: number;
}

async function serverOf(
  file: string,
  how: (port: number) => { environment?: Record<string, string>; arguments?: string[] },
): Promise<Server> {
  const port = await freePort();
  const { environment = {}, arguments: given = [] } = how(port);
  const profiling = values.profile ? ['--cpu-prof', '--cpu-prof-dir', values.profile] : [];
  const child = spawn(
    process.execPath,
    [...profiling, '--disable-warning=ExperimentalWarning', file, ...given],
    { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  opened.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${file} ended`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer && child.pid) return { pid: child.pid, port };
    await pause(100);
  }
  throw new Error(`${file} does not answer`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
