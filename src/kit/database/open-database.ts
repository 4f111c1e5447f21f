import type pg from 'pg';
import { createDatabase, type Database } from './database.ts';
import { NoPrimaryError } from './database-errors.ts';
import { poolTrouble, requireServer } from './database-fitness.ts';
import { requireRightsToMigrate, requireRightsToRun } from './database-rights.ts';
import { SessionClient, withoutTls } from './database-session.ts';
import { readMigrations, tablesOf } from './migration-files.ts';
import { chooseSchema, schemaAsked } from './schema-choice.ts';
import { UnfitDatabase } from './unfit-database.ts';

export interface OpenDatabaseOptions {
  readonly url: string;
  /** The same database without a transaction pooler. */
  readonly directUrl: string | undefined;
  readonly poolSize: number;
  /** The embedded server, as in DatabaseOptions. */
  readonly embedded?: boolean | undefined;
  /** As in DatabaseOptions. */
  readonly longest?: number;
  /** As in DatabaseOptions. */
  readonly onIdleError?: (error: Error) => void;
  /** Also finishes a migration that is half applied. */
  readonly resolve?: boolean | undefined;
  /** Set: the database is refused where migrations are due. It names what does not migrate. */
  readonly unmigrated?: string | undefined;
}

export interface OpenDatabase {
  readonly database: Database;
  /** The names of the migrations that were applied. */
  readonly applied: readonly string[];
  /** A line for the start. */
  readonly notes: readonly string[];
}

/** Opens the database, checks it and migrates it. @throws UnfitDatabase in one line, with the setting's name */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { url, directUrl = url, poolSize, embedded, resolve, unmigrated } = options;
  const behindPooler = directUrl !== url;
  const migrations = await readMigrations();
  const prepared = await namingSetting(behindPooler ? 'DIRECT_DATABASE_URL' : 'DATABASE_URL', async () => {
    const client = await connect(directUrl, embedded);
    try {
      await requireServer(client);
      // The pooler has limits of its own. No migration is applied if the pool is too large.
      const trouble = behindPooler ? undefined : await poolTrouble(client, poolSize);
      const choice = await chooseSchema(client, schemaAsked(url) ?? schemaAsked(directUrl));
      const due = trouble === undefined ? await dueOf(client, choice.schema, migrations) : [];
      if (due.length > 0 && unmigrated !== undefined) throw notMigrated(unmigrated, due);
      if (due.length > 0) await requireRightsToMigrate(client, choice.schema, due, tablesOf(migrations));
      return { ...choice, trouble, due };
    } finally {
      await client.end();
    }
  });
  const { schema, note, trouble, due } = prepared;
  if (trouble !== undefined) throw new UnfitDatabase(`DATABASE_POOL: ${trouble}`);
  const applied =
    due.length === 0
      ? []
      : await namingSetting('DATABASE_URL', async () => {
          // The schema engine is loaded only for a migration that is due.
          const { applyMigrations } = await import('./migrate.ts');
          return await applyMigrations(directUrl, { schema, embedded, resolve, onWait: sayThatItWaits });
        });

  const database = createDatabase({
    url,
    directUrl,
    schema,
    ...(options.onIdleError && { onIdleError: options.onIdleError }),
    embedded,
    poolSize,
    ...(options.longest !== undefined && { longest: options.longest }),
  });
  try {
    await namingSetting('DATABASE_URL', () =>
      requireFitPool(database, schema, tablesOf(migrations), behindPooler),
    );
  } catch (error) {
    await database.close();
    throw error;
  }
  return { database, applied, notes: note === undefined ? [] : [note] };
}

/** Runs a step. Its UnfitDatabase gets the name of the setting that the operator has to change. */
async function namingSetting<T>(setting: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnfitDatabase)) throw error;
    throw new UnfitDatabase(`${setting}: ${error.message}`, { cause: error.cause });
  }
}

async function connect(url: string, embedded = false): Promise<pg.Client> {
  const options = embedded ? withoutTls : {};
  const client = new SessionClient({ ...options, connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    throw unreachable(cause);
  }
}

function unreachable(cause: unknown): UnfitDatabase {
  if (cause instanceof NoPrimaryError) return new UnfitDatabase(cause.message, { cause });
  const { message, code } = cause as { message?: string; code?: string };
  const why = message || code || 'no answer';
  return new UnfitDatabase(`PostgreSQL cannot be reached (${why}); check address, user and password`, {
    cause,
  });
}

function notMigrated(who: string, due: readonly string[]): UnfitDatabase {
  const [first, ...others] = due;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return new UnfitDatabase(
    `the migration ${first}${more} ${others.length === 0 ? 'is' : 'are'} due, and ${who} does not migrate; run \`symbolon migrate\``,
  );
}

function sayThatItWaits(): void {
  process.stderr.write('symbolon: another process migrates the database; waiting for it\n');
}

/** Returns the names of the migrations that the database lacks. @throws UnfitDatabase in one line, with the setting's name */
export async function migrationsDue({
  url,
  directUrl = url,
  embedded,
}: Pick<OpenDatabaseOptions, 'url' | 'directUrl' | 'embedded'>): Promise<readonly string[]> {
  return await namingSetting('DATABASE_URL', async () => {
    const client = await connect(directUrl, embedded);
    try {
      const { schema } = await chooseSchema(client, schemaAsked(url) ?? schemaAsked(directUrl));
      return await dueOf(client, schema, await readMigrations());
    } finally {
      await client.end();
    }
  });
}

/** Returns the migrations that are not completely applied. */
async function dueOf(
  client: pg.Client,
  schema: string,
  migrations: readonly { readonly name: string }[],
): Promise<readonly string[]> {
  const table = `${client.escapeIdentifier(schema)}._prisma_migrations`;
  const { rows: tables } = await client.query<{ readable: boolean }>(
    `SELECT has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(oid, 'SELECT') AS readable FROM pg_class
      WHERE relnamespace = quote_ident($1)::regnamespace AND relname = '_prisma_migrations'`,
    [schema],
  );
  // The check of rights reports a missing right to read them.
  if (tables[0]?.readable === false) return [];
  const { rows } =
    tables.length === 0
      ? { rows: [] }
      : await client.query<{ name: string }>(
          `SELECT migration_name AS name FROM ${table} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
        );
  const done = new Set(rows.map(({ name }) => name));
  return migrations.flatMap(({ name }) => (done.has(name) ? [] : name));
}

/** Checks the address of the pool: its role may differ from that of the migrations, and it may lead to a pooler. */
async function requireFitPool(
  { pool }: Database,
  schema: string,
  tables: readonly string[],
  behindPooler: boolean,
): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw unreachable(cause);
  });
  try {
    if (behindPooler) await requirePath(client, schema);
    await requireServer(client);
    await requireRightsToRun(client, schema, tables);
  } finally {
    client.release();
  }
}

/** Checks what a pooler changes: the broker cannot set up its sessions for good. */
async function requirePath(client: pg.ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ role: string; found: string | null }>(
    `SELECT current_user AS role, (SELECT nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE c.oid = to_regclass('vault_entry')) AS found`,
  );
  const [{ role, found } = { role: '', found: null }] = rows;
  if (found === schema) return;
  throw new UnfitDatabase(
    `the tables are in schema "${schema}", which the sessions of the pooler do not look into first; ` +
      `run ALTER ROLE "${role}" SET search_path = "${schema}" and restart the pooler`,
  );
}
