import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { startEmbeddedPostgres } from '../src/assembly/embedded-postgres.ts';
import { applyMigrations } from '../src/kit/database/migrate.ts';

export interface Server {
  readonly pid: number;
  readonly port: number;
}

/** A program and the flags of Node that it starts with. */
export interface Program {
  readonly file: string;
  readonly flags?: readonly string[];
  /** The folder for its CPU profile, which Node writes only when the process exits normally. */
  readonly profile?: string | undefined;
}

export interface How {
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
}

export interface Postgres {
  readonly directory: string;
  readonly databaseUrl: string;
  /** The id of its parent process. */
  readonly postmaster: number;
}

/** Starts a migrated PostgreSQL, which is deleted with the stack. */
export async function startPostgres(opened: AsyncDisposableStack): Promise<Postgres> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-bench-'));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const { url: databaseUrl, stop } = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(stop);
  await applyMigrations(databaseUrl);
  const pidFile = path.join(directory, 'postgres/data/postmaster.pid');
  const postmaster = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
  return { directory, databaseUrl, postmaster };
}

/** The program of `npm start`, with the flags that it has there. */
export const production: Program = readStart();

function readStart(): Program {
  const text = readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8');
  const { start } = z.object({ scripts: z.object({ start: z.string() }) }).parse(JSON.parse(text)).scripts;
  const [command, ...words] = start.split(' ');
  const file = words.pop();
  if (command !== 'node' || file === undefined) throw new Error(`cannot read the start script: ${start}`);
  return { file, flags: words };
}

/** Configures the broker as in production: log level info, written to /dev/null. */
export function asBroker(
  { directory, databaseUrl }: Postgres,
  { issuer, key }: { readonly issuer: string; readonly key: Buffer },
): (port: number) => How {
  return (port) => ({
    environment: {
      NODE_ENV: 'production',
      PUBLIC_URL: issuer,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEYS: `bench:${key.toString('base64')}`,
      DATA_DIR: directory,
      HOST: '127.0.0.1',
      // The load comes from one address.
      FLOOD_LIMIT_ADDRESS: '0',
      FLOOD_LIMIT_CLIENT: '0',
      PORT: String(port),
    },
  });
}

/** Starts a server as a process of its own, which ends with the stack, and waits until its port answers. */
export async function startServer(
  opened: AsyncDisposableStack,
  { file, flags = ['--disable-warning=ExperimentalWarning'], profile }: Program,
  how: (port: number) => How,
): Promise<Server> {
  const port = await freePort();
  const { environment = {}, arguments: given = [] } = how(port);
  const profiling = profile ? ['--cpu-prof', '--cpu-prof-dir', profile] : [];
  const child = spawn(process.execPath, [...profiling, ...flags, file, ...given], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  opened.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${file} ended`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer && child.pid) return { pid: child.pid, port };
    await pause(10);
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
