import type pg from 'pg';
import { jobsSchema } from '../jobs.ts';
import { UnfitDatabase } from './unfit-database.ts';

// The rights that a role needs (docs/database.md). Migrating needs more than running.

/** The tables whose rows the broker never changes. A role without the right to change them is enough. */
const kept = ['_prisma_migrations', 'audit_event', 'audit_seal'];

const advice = 'the rights are listed in docs/database.md';

/**
 * `due`: names of the migrations to apply; `tables`: all tables of ours. @throws UnfitDatabase when this role cannot
 * apply them
 */
export async function requireRightsToMigrate(
  client: pg.ClientBase,
  schema: string,
  due: readonly string[],
  tables: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{ role: string; may: boolean; foreign: string[] }>(
    `SELECT current_user AS role, has_schema_privilege($1, 'USAGE') AND has_schema_privilege($1, 'CREATE') AS may,
            ARRAY(SELECT relname::text FROM pg_class
                   WHERE relnamespace = quote_ident($1)::regnamespace AND relname = ANY ($2) AND relkind IN ('r', 'p')
                     AND NOT pg_has_role(relowner, 'USAGE') ORDER BY 1) AS foreign`,
    [schema, tables],
  );
  const [{ role, may, foreign } = { role: '', may: false, foreign: [] }] = rows;
  if (may && foreign.length === 0) return;
  const why = may
    ? `does not own ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}`
    : `may not make tables in schema "${schema}"`;
  throw new UnfitDatabase(
    `${due.length} migrations are due, and the role "${role}" ${why}: ` +
      `run \`symbolon migrate\` as the role that owns the tables; ${advice}`,
  );
}

/** @throws UnfitDatabase with the names of missing tables, or of tables without the needed rights */
export async function requireRightsToRun(
  client: pg.ClientBase,
  schema: string,
  tables: readonly string[],
): Promise<void> {
  const [state] = (await client.query<State>(rights, [schema, tables, jobsSchema, kept])).rows;
  if (!state) return;
  const { role, missing, elsewhere, refused, jobs } = state;
  if (missing.length > 0) {
    const where = elsewhere.length > 0 ? `: ${elsewhere.join('; ')}` : '';
    throw new UnfitDatabase(`schema "${schema}" lacks the tables ${missing.join(', ')}${where}`);
  }
  if (refused.length > 0)
    throw new UnfitDatabase(
      `the role "${role}" may not read and write ${refused.slice(0, 3).join(', ')}` +
        `${refused.length > 3 ? ` and ${refused.length - 3} more` : ''} in schema "${schema}"; ${advice}`,
    );
  if (jobs) return;
  throw new UnfitDatabase(
    `the role "${role}" may not make or work with the schema "${jobsSchema}" of the background work: ` +
      `run \`symbolon migrate\` as the role that owns the tables; ${advice}`,
  );
}

interface State {
  readonly role: string;
  /** Tables of ours that are not in the schema. */
  readonly missing: string[];
  /** Statements that move such tables here, from a schema in which an earlier version's migration created them. */
  readonly elsewhere: string[];
  /** Tables and sequences for which this role lacks a right. */
  readonly refused: string[];
  /** This role can use the schema of the background jobs, or create it. */
  readonly jobs: boolean;
}

const rights = `
  WITH wanted AS (SELECT unnest($2::text[]) AS name),
       ours AS (SELECT c.oid, c.relname::text AS name FROM pg_class c
                 WHERE c.relnamespace = quote_ident($1)::regnamespace AND c.relkind IN ('r', 'p')),
       jobs AS (SELECT oid FROM pg_namespace WHERE nspname = $3)
  SELECT current_user AS role,
         ARRAY(SELECT name FROM wanted WHERE name NOT IN (SELECT name FROM ours) ORDER BY 1) AS missing,
         ARRAY(SELECT format('ALTER TABLE %I.%I SET SCHEMA %I', n.nspname, c.relname, $1::text)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname IN (SELECT name FROM wanted) AND c.relname NOT IN (SELECT name FROM ours)
                  AND c.relkind IN ('r', 'p') AND n.nspname IN ('public', current_user)
                ORDER BY 1) AS elsewhere,
         ARRAY(SELECT name FROM ours JOIN wanted USING (name)
                WHERE NOT has_schema_privilege(quote_ident($1)::regnamespace, 'USAGE')
                   OR NOT has_table_privilege(oid, 'SELECT')
                   OR name <> '_prisma_migrations' AND NOT has_table_privilege(oid, 'INSERT')
                   OR name <> ALL ($4)
                      AND NOT (has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
                ORDER BY 1)
         || ARRAY(SELECT relname::text FROM pg_class
                   WHERE relnamespace = quote_ident($1)::regnamespace AND relkind = 'S'
                     AND relname = 'webhook_delivery_seq_seq' AND NOT has_sequence_privilege(oid, 'USAGE')) AS refused,
         CASE WHEN EXISTS (SELECT 1 FROM jobs)
              THEN (SELECT has_schema_privilege(oid, 'USAGE') FROM jobs)
                   AND (EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = (SELECT oid FROM jobs) AND relname = 'version')
                        OR (SELECT has_schema_privilege(oid, 'CREATE') FROM jobs))
                   AND NOT EXISTS (SELECT 1 FROM pg_class
                                    WHERE relnamespace = (SELECT oid FROM jobs) AND relkind IN ('r', 'p')
                                      AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                                               AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')))
              ELSE has_database_privilege(current_database(), 'CREATE') END AS jobs`;
