import { chmod, mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    /** The time zone of the test databases; empty for the server's, which is UTC. */
    databaseZone: string;
    /** A directory of this run, where processes find code that others have compiled. */
    compileCache: string;
  }
}

interface Server {
  readonly url: string;
  readonly compileCache: string;
  stop(): Promise<void>;
}

/** Nothing here outlives the run, so durability is off. A database is copied by its files, not by its log. */
const forgetful = [
  ...['fsync = off', 'synchronous_commit = off', 'full_page_writes = off'],
  ...["wal_level = 'minimal'", 'max_wal_senders = 0', "max_wal_size = '1GB'", "checkpoint_timeout = '1h'"],
  'autovacuum = off',
  // Each of the thousands of connections proves the password anew.
  'scram_iterations = 1',
];

/** Each vitest project loads this module anew, and all of them share one server. */
const shared = globalThis as { testServer?: { readonly started: Promise<Server>; projects: number } };

/** One real PostgreSQL for the whole run, with a migrated template from which each test file copies its database. */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
  shared.testServer ??= { started: startServer(), projects: 0 };
  const { testServer } = shared;
  testServer.projects += 1;
  const server = await testServer.started;
  project.provide('postgresUrl', server.url);
  project.provide('compileCache', server.compileCache);
  return async () => {
    testServer.projects -= 1;
    if (testServer.projects > 0) return;
    delete shared.testServer;
    await server.stop();
  };
}

async function startServer(): Promise<Server> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-test-'));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const temporary = path.join(directory, 'tmp');
  await mkdir(temporary, { mode: 0o711 });
  // Workers and their child processes inherit it: nothing that a test writes there outlives the run.
  const { TMPDIR: before } = process.env;
  process.env.TMPDIR = temporary;
  const inMemory = await memoryFolder();
  const cluster = path.join(inMemory ?? directory, 'postgres');
  const settings = await startEmbeddedPostgres(cluster);
  const { password } = new URL(settings.url);
  await asSuperuser(settings.url, [
    ...forgetful.map((setting) => `ALTER SYSTEM SET ${setting}`),
    'SET scram_iterations = 1',
    `ALTER ROLE postgres PASSWORD '${password}'`,
  ]);
  await settings.stop();
  const postgres = await startEmbeddedPostgres(cluster);
  await asSuperuser(postgres.url, ['CREATE DATABASE template_symbolon']);
  await applyMigrations(withDatabase(postgres.url, 'template_symbolon'));
  return {
    url: postgres.url,
    compileCache: path.join(directory, 'compiled'),
    async stop() {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await postgres.stop();
      for (const folder of [directory, inMemory])
        if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

const memory = '/dev/shm';
const prefix = 'symbolon-test-';
/** The bytes that the databases of a run need at most, with room to spare. */
const roomForDatabases = 3 * 2 ** 30;

/**
 * Makes a folder in memory, where the system has room there. A copy of a database consists of a thousand files, which a
 * disk takes three to ten times as long to make.
 */
async function memoryFolder(): Promise<string | undefined> {
  try {
    await removeForgotten();
    const { bavail, bsize } = await statfs(memory);
    if (bavail * bsize < roomForDatabases) return undefined;
    const folder = await mkdtemp(path.join(memory, `${prefix}${process.pid}-`));
    await chmod(folder, 0o711);
    return folder;
  } catch {
    return undefined;
  }
}

/** Removes the folders of runs that were killed: their processes have ended, and nothing has been made there for an hour. */
async function removeForgotten(): Promise<void> {
  for (const name of await readdir(memory)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const folder = path.join(memory, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
