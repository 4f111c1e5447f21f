import pg from 'pg';
import { SessionClient, type SessionConfig } from './database-session.ts';
import type { Migration } from './migration-files.ts';
import { UnfitDatabase } from './unfit-database.ts';

// An earlier version applied migrations statement by statement. A failed one may be half applied, and the schema engine
// refuses to continue (P3009). Migrations only add (docs/decisions/022-rolling-deployments.md), so the statements that
// are missing finish it.

/** The advisory lock of the schema engine, so that one process at a time repairs. */
const lock = 72_707_369;

/** The SQLSTATEs of an object that exists: duplicate_table (an index, too), duplicate_column, duplicate_object. */
const there = ['42P07', '42701', '42710'];
/** The SQLSTATEs of a DROP whose object is gone: undefined_object, undefined_table. */
const gone = ['42704', '42P01'];

/**
 * Finishes the migrations that failed. Returns their names. Each is finished as a whole or left as it was.
 * @throws UnfitDatabase for one that is half applied, unless `evenHalf`.
 */
export async function finishFailed(
  session: SessionConfig,
  migrations: readonly Migration[],
  evenHalf: boolean,
): Promise<readonly string[]> {
  const client = new SessionClient(session);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lock]);
    const { rows } = await client.query<{ id: string; name: string }>(
      `SELECT id, migration_name AS name FROM _prisma_migrations
        WHERE finished_at IS NULL AND rolled_back_at IS NULL ORDER BY started_at`,
    );
    for (const { id, name } of rows) {
      const migration = migrations.find((known) => known.name === name);
      if (!migration)
        throw new UnfitDatabase(`the migration ${name} has failed, and this version does not know it`);
      await finish(client, id, migration, evenHalf);
    }
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Runs the statements of one migration in a transaction, and records it as finished. `id`: of its bookkeeping row. */
async function finish(client: pg.Client, id: string, { name, sql }: Migration, evenHalf: boolean) {
  await client.query('BEGIN');
  try {
    const outcomes = [];
    for (const statement of statementsOf(sql)) outcomes.push(await run(client, statement));
    // If all statements were applied, the process ended before it recorded that, and this only records it.
    if (outcomes.includes('done') && outcomes.includes('there') && !evenHalf)
      throw new UnfitDatabase(
        `the migration ${name} has failed and is half applied; finish it with \`symbolon migrate --resolve\``,
      );
    await client.query(
      `UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1, logs = NULL WHERE id = $1`,
      [id],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof pg.DatabaseError)
      throw new UnfitDatabase(
        `the migration ${name} cannot be applied: ${error.message}; nothing of it was kept`,
        {
          cause: error,
        },
      );
    throw error;
  }
}

/**
 * Runs one statement. `there`: its object existed already, or was already dropped. `rows`: it changed rows only, which
 * does not show whether it had run before.
 */
async function run(client: pg.Client, statement: string): Promise<'done' | 'there' | 'rows'> {
  await client.query('SAVEPOINT statement');
  try {
    await client.query(statement);
    return /^(CREATE|ALTER|DROP)/i.test(statement) ? 'done' : 'rows';
  } catch (error) {
    const expected = /^DROP/i.test(statement) ? gone : there;
    if (!(error instanceof pg.DatabaseError) || !expected.includes(error.code ?? '')) throw error;
    await client.query('ROLLBACK TO SAVEPOINT statement');
    return 'there';
  }
}

/** Splits a script at the semicolons outside of strings and function bodies. */
function statementsOf(sql: string): readonly string[] {
  const statements = sql.replace(/--.*$/gm, '').match(/(?:\$\$[\s\S]*?\$\$|'[^']*'|[^;])+/g) ?? [];
  return statements.flatMap((statement) => statement.trim() || []);
}
