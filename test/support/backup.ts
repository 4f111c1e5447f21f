import type { Database } from '../../src/kit/database/database.ts';

/** Puts everything back as it was, under whoever is connected. */
export type Restore = () => Promise<void>;

/** All rows of all tables, as a dump would have them. */
export async function backUp({ pool }: Pick<Database, 'pool'>): Promise<Restore> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
  );
  const tables = rows.map(({ name }) => name);
  const copies = tables.map((name) => `CREATE TABLE backup.${name} AS TABLE public.${name}`);
  await pool.query(`CREATE SCHEMA backup; ${copies.join('; ')}`);
  const inserts = tables.map((name) => `INSERT INTO public.${name} SELECT * FROM backup.${name}`);
  return async () => {
    // One message is one transaction. Rows come in no order that foreign keys would like.
    await pool.query(`SET LOCAL session_replication_role = replica;
      TRUNCATE ${tables.map((name) => `public.${name}`).join()}; ${inserts.join('; ')}`);
  };
}
