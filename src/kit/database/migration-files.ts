import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export const prismaDirectory = path.resolve(import.meta.dirname, '../../../prisma');
const migrationsDirectory = path.join(prismaDirectory, 'migrations');

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Returns the migrations in the order of their application. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(migrationsDirectory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return await Promise.all(
    names.map(async (name) => ({
      name,
      sql: withoutSchema(await readFile(path.join(migrationsDirectory, name, 'migration.sql'), 'utf8')),
    })),
  );
}

/** Returns the names of the tables that the migrations create, with `_prisma_migrations`. */
export function tablesOf(migrations: readonly Migration[]): readonly string[] {
  const made = migrations.flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)]);
  return ['_prisma_migrations', ...made.flatMap(([, name]) => name ?? [])];
}

/** Returns the migrations in the schema engine's form. */
export function migrationsList(migrations: readonly Migration[]) {
  return {
    baseDir: migrationsDirectory,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

/** Removes CREATE SCHEMA: the schema exists, and PostgreSQL would require the right to create it. */
function withoutSchema(sql: string): string {
  return sql.replace('CREATE SCHEMA IF NOT EXISTS "public";', '');
}
