import pg from 'pg';
import { jobsSchema } from '../jobs.ts';
import { UnfitDatabase } from './unfit-database.ts';

/**
 * Returns the statements that give a role the rights to run the broker, and no others: it can neither change the structure of
 * the tables nor change or delete what the audit has (docs/database.md). They may be run again at any time.
 */
export function grantsOf(role: string, schema = 'public'): readonly string[] {
  const [to, own] = [role, schema].map(nameOf);
  const both = `${own}, ${jobsSchema}`;
  return [
    `GRANT USAGE ON SCHEMA ${both} TO ${to}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${both} TO ${to}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${both} TO ${to}`,
    `REVOKE INSERT, UPDATE, DELETE ON ${own}._prisma_migrations FROM ${to}`,
    `REVOKE UPDATE, DELETE, TRUNCATE ON ${own}.audit_event, ${own}.audit_seal FROM ${to}`,
    `SELECT ${own}.protect_audit_weeks()`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA ${both} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${to}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA ${both} GRANT USAGE ON SEQUENCES TO ${to}`,
  ];
}

/** Gives the role these rights, all or none. @throws UnfitDatabase when the role is missing or owns the tables */
export async function grantTo(pool: pg.Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ schema: string; known: boolean; owns: boolean | null }>(
    `SELECT nspname::text AS schema, to_regrole(quote_ident($1)) IS NOT NULL AS known,
            pg_has_role(to_regrole(quote_ident($1)), relowner, 'USAGE') AS owns
       FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = 'audit_event'::regclass`,
    [role],
  );
  const [{ schema, known, owns } = { schema: 'public', known: false, owns: null }] = rows;
  if (!known)
    throw new UnfitDatabase(`--grant: there is no role "${role}"; create it first (docs/database.md)`);
  // What the owner has cannot be taken from it for long.
  if (owns)
    throw new UnfitDatabase(
      `--grant: the role "${role}" owns the tables, so that no right can be kept from it`,
    );
  // Several statements in one message are one transaction.
  await pool.query(grantsOf(role, schema).join(';\n'));
}

/** Plain names stay as they are, so that the page and the command print the same. */
function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : pg.escapeIdentifier(name);
}
