import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm';
import { createSessionPool } from './database-session.ts';

// Prisma's schema engine in WebAssembly: the native one is downloaded from outside at run time
// (docs/decisions/003-migrations-without-a-native-engine.md). It keeps Prisma's own `_prisma_migrations` table.

const prismaDirectory = path.resolve(import.meta.dirname, '../../prisma');
const migrationsDirectory = path.join(prismaDirectory, 'migrations');
const filters = { externalTables: [], externalEnums: [] };

/** Applies what `prisma/migrations` holds and the database lacks; answers the names applied. */
export async function applyMigrations(url: string): Promise<readonly string[]> {
  return await withEngine(url, async (schemaEngine) => {
    const migrationsList = await readMigrations();
    const { appliedMigrationNames } = await schemaEngine.applyMigrations({ migrationsList, filters });
    return appliedMigrationNames;
  });
}

/** The SQL that leads from one Prisma schema to another; from nothing when `before` is undefined. */
export async function diffSchemas(url: string, before: string | undefined, after: string): Promise<string> {
  const datamodel = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
  });
  return await withEngine(url, async (schemaEngine) => {
    const { stdout } = await schemaEngine.diff({
      from: before === undefined ? { tag: 'empty' } : datamodel(before),
      to: datamodel(after),
      script: true,
      exitCode: null,
      filters,
    });
    return stdout ?? '';
  });
}

async function withEngine<T>(
  url: string,
  use: (schemaEngine: engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  // A pool of our own, since the engine holds its advisory lock until its connection goes.
  const pool = createSessionPool({ connectionString: url });
  const adapter = bindSqlAdapterFactory(new PrismaPg(pool));
  const schema = await readFile(path.join(prismaDirectory, 'schema.prisma'), 'utf8');
  const options = { datamodels: [['schema.prisma', schema] as [string, string]] };
  const schemaEngine = await engine.SchemaEngine.new(options, () => undefined, adapter);
  try {
    return await use(schemaEngine);
  } finally {
    schemaEngine.free();
    await pool.end();
  }
}

async function readMigrations() {
  const names = (await readdir(migrationsDirectory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: {
          tag: 'ok' as const,
          value: await readFile(path.join(migrationsDirectory, name, 'migration.sql'), 'utf8'),
        },
      },
    })),
  );
  return {
    baseDir: migrationsDirectory,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}
