import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/kit/embedded-postgres.ts';
import { applyMigrations } from '../../src/kit/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    /** Of the databases that tests make; empty: the server's, which is UTC. */
    databaseZone: string;
    /** A directory of this run's own, where processes find what others have compiled. */
    compileCache: string;
  }
}

interface Server {
  readonly url: string;
  readonly compileCache: string;
  stop(): Promise<void>;
}

/** Each project loads this module anew, and all of them share one server. */
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
  // As root, PostgreSQL runs under another account, which must be able to pass.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  // Nothing here outlives the run, so durability only costs time.
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('ALTER SYSTEM SET synchronous_commit = off');
  await client.query('SELECT pg_reload_conf()');
  await client.query('CREATE DATABASE template_symbolon');
  await client.end();
  await applyMigrations(withDatabase(postgres.url, 'template_symbolon'));
  return {
    url: postgres.url,
    compileCache: path.join(directory, 'compiled'),
    async stop() {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
