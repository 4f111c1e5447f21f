import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm';
import { createSessionPool, type SessionConfig, withoutTls } from './database-session.ts';
import { migrationsList, prismaDirectory, readMigrations } from './migration-files.ts';
import { finishFailed } from './migration-repair.ts';
import { UnfitDatabase } from './unfit-database.ts';

// Prisma's schema engine in WebAssembly: the native one is downloaded from outside at run time
// (docs/decisions/003-migrations-without-a-native-engine.md). It keeps Prisma's own `_prisma_migrations` table.

const filters = { externalTables: [], externalEnums: [] };

export interface MigrationOptions {
  /** Where the tables are; `public` unless told. */
  readonly schema?: string | undefined;
  /** The embedded server, as in DatabaseOptions. */
  readonly embedded?: boolean | undefined;
  /** Also finishes a migration that an earlier version has left half applied. */
  readonly resolve?: boolean | undefined;
}

/**
 * Applies what `prisma/migrations` holds and the database lacks. Returns the names applied. A migration that fails leaves
 * nothing behind. @throws UnfitDatabase naming the migration that failed, and why.
 */
export async function applyMigrations(
  url: string,
  { schema = 'public', resolve = false, embedded = false }: MigrationOptions = {},
): Promise<readonly string[]> {
  const migrations = await readMigrations();
  const session = { ...(embedded ? withoutTls : {}), connectionString: url, schema };
  const apply = () =>
    withEngine(session, async (schemaEngine) => {
      const list = { migrationsList: migrationsList(migrations), filters };
      return (await schemaEngine.applyMigrations(list)).appliedMigrationNames;
    });
  try {
    return await apply();
  } catch (error) {
    if (!isFailedBefore(error)) throw inWords(error);
  }
  const finished = await finishFailed(session, migrations, resolve);
  try {
    return [...finished, ...(await apply())];
  } catch (error) {
    throw inWords(error);
  }
}

/** The SQL that leads from one Prisma schema to another; from nothing when `before` is undefined. */
export async function diffSchemas(url: string, before: string | undefined, after: string): Promise<string> {
  const datamodel = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
  });
  return await withEngine({ connectionString: url, schema: 'public' }, async (schemaEngine) => {
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
  session: SessionConfig,
  use: (schemaEngine: engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  // A pool of our own, since the engine holds its advisory lock until its connection goes.
  const pool = createSessionPool(session);
  const adapter = bindSqlAdapterFactory(new WholeScripts(pool, { schema: session.schema ?? 'public' }));
  const datamodel = await readFile(path.join(prismaDirectory, 'schema.prisma'), 'utf8');
  const options = { datamodels: [['schema.prisma', datamodel] as [string, string]] };
  const schemaEngine = await engine.SchemaEngine.new(options, () => undefined, adapter);
  try {
    return await use(schemaEngine);
  } finally {
    schemaEngine.free();
    await pool.end();
  }
}

/** The adapter splits a script at its semicolons. Sent as one message, it is applied as a whole or not at all. */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const queryable = adapter as unknown as { onError(error: unknown): never };
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script);
      } catch (error) {
        queryable.onError(error);
      }
    };
    return adapter;
  }
}

function isFailedBefore(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'P3009';
}

/** The engine's errors are many lines, of which one is PostgreSQL's. */
function inWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const migration = /migration_name="(\w+)"/.exec(error.message)?.[1];
  const why = /ERROR: (.*)/.exec(error.message)?.[1];
  if (why === undefined) return error;
  const what = migration === undefined ? 'the migrations' : `the migration ${migration}`;
  return new UnfitDatabase(`${what} cannot be applied: ${why}; nothing of it was kept`, { cause: error });
}
