import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm';
import { minutes, monotonic } from '../clock.ts';
import { createSessionPool, type SessionConfig, withoutTls } from './database-session.ts';
import { migrationsList, prismaDirectory, readMigrations } from './migration-files.ts';
import { finishFailed } from './migration-repair.ts';
import { UnfitDatabase } from './unfit-database.ts';

// Prisma's schema engine in WebAssembly, since the native one is downloaded at run time
// (docs/decisions/003-migrations-without-a-native-engine.md). It keeps Prisma's own `_prisma_migrations` table.

const filters = { externalTables: [], externalEnums: [] };

export interface MigrationOptions {
  /** The schema of the tables; default `public`. */
  readonly schema?: string | undefined;
  /** The embedded server, as in DatabaseOptions. */
  readonly embedded?: boolean | undefined;
  /** Also finishes a migration that an earlier version left half applied. */
  readonly resolve?: boolean | undefined;
  /** Called every ten seconds or so while another process migrates. */
  readonly onWait?: (() => void) | undefined;
}

/** Milliseconds. An index of a large table may take so long at another process. */
const longestWait = minutes(30);

/**
 * Applies the migrations that the database lacks. Returns their names. A migration that fails changes nothing.
 * @throws UnfitDatabase with the name of the failed migration and the reason
 */
export async function applyMigrations(
  url: string,
  { schema = 'public', resolve = false, embedded = false, onWait }: MigrationOptions = {},
): Promise<readonly string[]> {
  const until = monotonic() + longestWait;
  const migrations = await readMigrations();
  const session = { ...(embedded ? withoutTls : {}), connectionString: url, schema };
  const applyOnce = () =>
    withEngine(session, async (schemaEngine) => {
      const list = { migrationsList: migrationsList(migrations), filters };
      return (await schemaEngine.applyMigrations(list)).appliedMigrationNames;
    });
  // The engine waits ten seconds for its advisory lock, which another process may hold for longer.
  const apply = async (): Promise<readonly string[]> => {
    for (;;) {
      try {
        return await applyOnce();
      } catch (error) {
        if (codeOf(error) !== 'P1002' || monotonic() > until) throw error;
        onWait?.();
      }
    }
  };
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

/** Returns the SQL from one Prisma schema to another; from an empty database if `before` is undefined. */
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

/** Runs `use` with a schema engine, and frees it afterwards. */
async function withEngine<T>(
  session: SessionConfig,
  use: (schemaEngine: engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  // A separate pool, since the engine holds its advisory lock until its connection ends.
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

/**
 * Sends a script as one message, which is applied completely or not at all. The adapter would split it at semicolons.
 */
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

/** P3009: a migration of an earlier start has failed, which `finishFailed` repairs. */
function isFailedBefore(error: unknown): boolean {
  return codeOf(error) === 'P3009';
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

/** Returns PostgreSQL's line from the engine's error of many lines. */
function inWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const migration = /migration_name="(\w+)"/.exec(error.message)?.[1];
  const why = /ERROR: (.*)/.exec(error.message)?.[1];
  if (why === undefined) return error;
  const what = migration === undefined ? 'the migrations' : `the migration ${migration}`;
  return new UnfitDatabase(`${what} cannot be applied: ${why}; nothing of it was kept`, { cause: error });
}
