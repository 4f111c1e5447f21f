import type { Database } from '../../src/kit/database/database.ts';

/** Restores all rows while clients are connected. */
export type Restore = () => Promise<void>;

/** Returns all rows of all tables, like a dump. */
export async function backUp({ pool }: Pick<Database, 'pool'>): Promise<Restore> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> '_prisma_migrations'`,
  );
  const tables = rows.map(({ name }) => name);
  const copies = tables.map((name) => `CREATE TABLE backup.${name} AS TABLE public.${name}`);
  await pool.query(`CREATE SCHEMA backup; ${copies.join('; ')}`);
  const inserts = tables.map((name) => `INSERT INTO public.${name} SELECT * FROM backup.${name}`);
  return async () => {
    // One message is one transaction. The rows are in no order that satisfies foreign keys, so those are not
    // checked.
    await pool.query(`SET LOCAL session_replication_role = replica;
      TRUNCATE ${tables.map((name) => `public.${name}`).join()}; ${inserts.join('; ')}`);
  };
}
