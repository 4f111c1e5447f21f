import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export const prismaDirectory = path.resolve(import.meta.dirname, '../../../prisma');
const migrationsDirectory = path.join(prismaDirectory, 'migrations');

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** In the order in which they are applied. */
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

/** The names of the tables that the migrations make, `_prisma_migrations` among them. */
export function tablesOf(migrations: readonly Migration[]): readonly string[] {
  const made = migrations.flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)]);
  return ['_prisma_migrations', ...made.flatMap(([, name]) => name ?? [])];
}

/** As the schema engine takes them. */
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

/** Which schema it is has been decided, and PostgreSQL asks for the right to make one even where it exists. */
function withoutSchema(sql: string): string {
  return sql.replace('CREATE SCHEMA IF NOT EXISTS "public";', '');
}
