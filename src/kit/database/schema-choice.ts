import type pg from 'pg';
import { UnfitDatabase } from './unfit-database.ts';

// Prisma names the schema in every statement. Other SQL finds unqualified names by `search_path`. One rule decides for
// both (docs/decisions/024-one-session-one-schema.md). A database holds one installation.

export interface SchemaChoice {
  readonly schema: string;
  /** A line for the start: the tables are not in the schema that was requested. */
  readonly note: string | undefined;
}

/** Returns the `schema` parameter of a connection string, as Prisma defines it. */
export function schemaAsked(url: string): string | undefined {
  const [, query = ''] = url.split('?');
  return new URLSearchParams(query).get('schema') || undefined;
}

/**
 * Returns the schema of our tables. Before they exist, it is the requested one, which is created if it is missing, or the
 * first of `search_path`. `asked`: the `schema` parameter of the connection string, if it has one. @throws UnfitDatabase when the schema is ambiguous or cannot be created
 */
export async function chooseSchema(client: pg.ClientBase, asked: string | undefined): Promise<SchemaChoice> {
  const { rows } = await client.query<Candidate>(candidates, [asked ?? null]);
  const ours = rows.filter(({ tables }) => tables);
  const found = pick(ours, asked) ?? pick(await withBookkeeping(client, rows), asked);
  if (found !== undefined) {
    const note = `the tables are in schema "${found}", so that the schema "${asked}" asked for is not used`;
    return { schema: found, note: asked === undefined || asked === found ? undefined : note };
  }
  const firstOnPath = rows.find(({ current }) => current)?.name;
  const schema = asked ?? firstOnPath;
  if (schema === undefined)
    throw new UnfitDatabase('no schema on search_path exists; name one, as in …/database?schema=public');
  if (schema === asked) requireUsable(asked);
  if (!rows.some(({ name }) => name === schema)) await createSchema(client, schema);
  return { schema, note: undefined };
}

interface Candidate {
  readonly name: string;
  /** It is the first existing schema of `search_path`. */
  readonly current: boolean;
  /** It has two tables of ours, by name. */
  readonly tables: boolean;
  /** It has a table `_prisma_migrations` that this role may read. The migrations may be another product's. */
  readonly bookkeeping: boolean;
}

/** Only these schemas are searched: an operator's copy of the tables elsewhere is no second installation. */
const candidates = `
  SELECT nspname AS name, nspname = current_schema() IS TRUE AS current,
         2 = (SELECT count(*) FROM pg_class
               WHERE relnamespace = n.oid AND relname IN ('vault_entry', 'audit_event') AND relkind IN ('r', 'p')) AS tables,
         EXISTS (SELECT 1 FROM pg_class
                  WHERE relnamespace = n.oid AND relname = '_prisma_migrations' AND relkind = 'r'
                    AND has_table_privilege(oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')) AS bookkeeping
    FROM pg_namespace n
   WHERE nspname = ANY (current_schemas(false)::text[] || ARRAY['public', current_user::text, $1])`;

/** Returns the one schema found, or of several the requested one or `public`. @throws UnfitDatabase */
function pick(found: readonly Pick<Candidate, 'name'>[], asked: string | undefined): string | undefined {
  if (found.length < 2) return found[0]?.name;
  const names = found.map(({ name }) => name);
  // Earlier versions used `public` alone. Tables elsewhere are leftovers of their migrations.
  const picked = [asked, 'public'].find((name) => name !== undefined && names.includes(name));
  if (picked !== undefined) return picked;
  const all = names.map((name) => `"${name}"`).join(' and ');
  throw new UnfitDatabase(`the tables are in ${all}; say which, as in …/database?schema=${names[0]}`);
}

/** Finds the schema of a first migration that has begun and created no table of ours. */
async function withBookkeeping(
  client: pg.ClientBase,
  rows: readonly Candidate[],
): Promise<readonly Candidate[]> {
  const begun: Candidate[] = [];
  for (const row of rows.filter(({ bookkeeping }) => bookkeeping)) {
    const table = `"${row.name.replaceAll('"', '""')}"._prisma_migrations`;
    const first = `SELECT 1 FROM ${table} WHERE migration_name = '20261121000000_first'`;
    if ((await client.query(first)).rowCount) begun.push(row);
  }
  return begun;
}

/** PostgreSQL cuts longer names and replaces `$user`, and Prisma does not escape a quotation mark. */
function requireUsable(schema: string): void {
  const odd = /^pg_|^information_schema$|^\$user$|"/.test(schema) || Buffer.byteLength(schema) > 63;
  if (odd) throw new UnfitDatabase(`?schema=${schema}: no schema of ours can have this name; choose another`);
}

async function createSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const name = `"${schema.replaceAll('"', '""')}"`;
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  } catch (cause) {
    throw new UnfitDatabase(
      `there is no schema ${name}, and this role may not make it (${(cause as Error).message}): ` +
        `have CREATE SCHEMA ${name} AUTHORIZATION … run by one that may`,
      { cause },
    );
  }
}
