import type pg from 'pg';
import { UnfitDatabase } from './unfit-database.ts';

// Prisma names the schema in every statement, while PostgreSQL looks unqualified names up along `search_path`. One rule
// decides for all (docs/decisions/024-one-session-one-schema.md); a database holds one installation.

export interface SchemaChoice {
  readonly schema: string;
  /** Worth a line at start: what was asked for is not what is. */
  readonly note: string | undefined;
}

/** The `schema` that a connection string asks for, as Prisma's own connection strings do. */
export function schemaAsked(url: string): string | undefined {
  const [, query = ''] = url.split('?');
  return new URLSearchParams(query).get('schema') || undefined;
}

/**
 * Where our tables are; where they are nowhere yet, what is asked for, else where `search_path` leads. Makes the schema
 * that is asked for and missing. @throws UnfitDatabase when that cannot be told or made.
 */
export async function chooseSchema(client: pg.ClientBase, asked: string | undefined): Promise<SchemaChoice> {
  const { rows } = await client.query<Candidate>(candidates, [asked ?? null]);
  const ours = rows.filter(({ tables }) => tables);
  const found = pick(ours, asked) ?? pick(await withBookkeeping(client, rows), asked);
  if (found !== undefined) {
    const note = `the tables are in schema "${found}", so that the schema "${asked}" asked for is not used`;
    return { schema: found, note: asked === undefined || asked === found ? undefined : note };
  }
  const path = rows.find(({ current }) => current)?.name;
  const schema = asked ?? path;
  if (schema === undefined)
    throw new UnfitDatabase('no schema on search_path exists; name one, as in …/database?schema=public');
  if (schema === asked) requireUsable(asked);
  if (!rows.some(({ name }) => name === schema)) await make(client, schema);
  return { schema, note: undefined };
}

interface Candidate {
  readonly name: string;
  readonly current: boolean;
  readonly tables: boolean;
  readonly bookkeeping: boolean;
}

/** Not every schema there is: an operator's copy of the tables is no second installation. */
const candidates = `
  SELECT nspname AS name, nspname = current_schema() IS TRUE AS current,
         2 = (SELECT count(*) FROM pg_class
               WHERE relnamespace = n.oid AND relname IN ('vault_entry', 'audit_event') AND relkind IN ('r', 'p')) AS tables,
         EXISTS (SELECT 1 FROM pg_class
                  WHERE relnamespace = n.oid AND relname = '_prisma_migrations' AND relkind = 'r'
                    AND has_table_privilege(oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')) AS bookkeeping
    FROM pg_namespace n
   WHERE nspname = ANY (current_schemas(false)::text[] || ARRAY['public', current_user::text, $1])`;

function pick(found: readonly Pick<Candidate, 'name'>[], asked: string | undefined): string | undefined {
  if (found.length < 2) return found[0]?.name;
  const names = found.map(({ name }) => name);
  // Earlier versions worked with `public` alone; others are what their migrations left elsewhere.
  const picked = [asked, 'public'].find((name) => name !== undefined && names.includes(name));
  if (picked !== undefined) return picked;
  const all = names.map((name) => `"${name}"`).join(' and ');
  throw new UnfitDatabase(`the tables are in ${all}; say which, as in …/database?schema=${names[0]}`);
}

/** Where a first migration has begun and made nothing yet that is ours alone. */
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

/** Longer names are cut by PostgreSQL, `$user` stands for another, and Prisma writes a quotation mark as it is. */
function requireUsable(schema: string): void {
  const odd = /^pg_|^information_schema$|^\$user$|"/.test(schema) || Buffer.byteLength(schema) > 63;
  if (odd) throw new UnfitDatabase(`?schema=${schema}: no schema of ours can have this name; choose another`);
}

async function make(client: pg.ClientBase, schema: string): Promise<void> {
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
