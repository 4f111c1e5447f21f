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
    /** A directory of this run's own, where processes find what others have compiled. */
    compileCache: string;
  }
}

/** One real PostgreSQL for the whole run, with a migrated template from which each test file copies its database. */
export default async function startPostgres(project: TestProject): Promise<() => Promise<void>> {
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
  project.provide('postgresUrl', postgres.url);
  project.provide('compileCache', path.join(directory, 'compiled'));
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
