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
  await main();
} finally {
  await opened.disposeAsync();
}

async function main(): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-bench-'));
  await chmod(directory, 0o711);
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(() => postgres.stop());
  await applyMigrations(postgres.url);
  const pidFile = path.join(directory, 'postgres/data/postmaster.pid');
  const postmaster = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);

  const key = randomBytes(32);
  process.stdout.write(`seeding ${values.users} users …\n`);
  const users = Number(values.users);
  const sealing = { id: 'bench', key };
  const { people, alias } = await seed({ issuer, databaseUrl: postgres.url, key: sealing, users, directory });
  await fillFloorTable(postgres.url, { issuer, people, alias }, key);

  const base64 = key.toString('base64');
  const broker = await serverOf('src/main.ts', (port) => ({
    environment: {
      NODE_ENV: 'production',
      PUBLIC_URL: issuer,
      DATABASE_URL: postgres.url,
      ENCRYPTION_KEYS: `bench:${base64}`,
      DATA_DIR: directory,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  }));
  const floor = await serverOf('bench/floor.ts', (port) => ({
    arguments: [postgres.url, String(port), issuer, base64],
  }));

  const servers = { floor, broker };
  const ask = { host: 'broker.example', path: `/v1/me/identities/${alias}/token`, people };
  for (const connections of values.connections.split(',').map(Number)) {
    const measures = { floor: [] as Measure[], broker: [] as Measure[] };
    for (const server of [floor, broker])
      await drive({ ...ask, port: server.port, connections, milliseconds: 2000 });
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const name of ['floor', 'broker'] as const) {
        const { port, pid } = servers[name];
        const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
        const load = await drive({ ...ask, port, connections, milliseconds: Number(values.seconds) * 1000 });
        // What is written behind the answers belongs to them.
        await pause(250);
        const used = {
          server: cpuOf(pid) - before.server,
          postgres: cpuOfPostgres(postmaster) - before.postgres,
        };
        measures[name].push({ ...load, ...used, memory: memoryOf(pid) });
      }
    }
    process.stdout.write(report(connections, measures));
  }
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
