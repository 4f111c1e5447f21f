import type pg from 'pg';
import type { RowTags, StoredRow, TaggedTable } from './row-tags.ts';

/** The rows of one table without a right tag. */
export interface UnbelievedRows {
  readonly table: string;
  readonly rows: number;
  readonly untagged: number;
  readonly wrong: number;
  /** The primary keys of the first ones. */
  readonly ids: readonly string[];
}

const batchSize = 1_000;
const mostIds = 50;

/** Counts the rows of a table that are not believed, and names the first ones. */
export async function findUnbelieved(
  pool: pg.Pool,
  tags: RowTags,
  table: TaggedTable,
): Promise<UnbelievedRows> {
  const found = { rows: 0, untagged: 0, wrong: 0 };
  const ids: string[] = [];
  for await (const batch of batchesOf(pool, table)) {
    found.rows += batch.length;
    for (const row of batch) {
      if (tags.isRight(table, row)) continue;
      found[row.tag === null ? 'untagged' : 'wrong'] += 1;
      if (ids.length < mostIds) ids.push(idOf(table, row));
    }
  }
  return { table: table.name, ...found, ids };
}

/**
 * Tags the rows that have no right tag as they are now. Returns their number. A row that is written meanwhile stays as
 * its writer tagged it.
 */
export async function adoptRows(pool: pg.Pool, tags: RowTags, table: TaggedTable): Promise<number> {
  const keys = table.key.map((name) => columnOf(table, name));
  const parts = table.key.map((_, index) => `k${index} text`);
  const same = keys.map((column, index) => `t.${column} = m.k${index}`).join(' AND ');
  const update = `UPDATE ${quoted(table.name)} AS t SET tag = decode(m.tag, 'hex')
    FROM json_to_recordset($1) AS m(${parts.join(', ')}, tag text, old text)
    WHERE ${same} AND t.tag IS NOT DISTINCT FROM decode(m.old, 'hex')`;
  let adopted = 0;
  for await (const batch of batchesOf(pool, table)) {
    const lines = batch
      .filter((row) => !tags.isRight(table, row))
      .map((row) => ({
        ...Object.fromEntries(table.key.map((name, index) => [`k${index}`, row[name]])),
        tag: Buffer.from(tags.tag(table, row)).toString('hex'),
        old: row.tag && Buffer.from(row.tag).toString('hex'),
      }));
    if (lines.length > 0) adopted += (await pool.query(update, [JSON.stringify(lines)])).rowCount ?? 0;
  }
  return adopted;
}

/** Returns whether any of the tables has a row. */
export async function anyRowIn(pool: pg.Pool, tables: readonly TaggedTable[]): Promise<boolean> {
  const each = tables.map(({ name }) => `EXISTS (SELECT 1 FROM ${quoted(name)})`);
  const { rows } = await pool.query<{ any: boolean }>(`SELECT ${each.join(' OR ')} AS any`);
  return rows[0]?.any ?? false;
}

/** Returns whether any of the tables has a row with a tag, right or wrong. */
export async function anyTagIn(pool: pg.Pool, tables: readonly TaggedTable[]): Promise<boolean> {
  const each = tables.map(({ name }) => `EXISTS (SELECT 1 FROM ${quoted(name)} WHERE tag IS NOT NULL)`);
  const { rows } = await pool.query<{ any: boolean }>(`SELECT ${each.join(' OR ')} AS any`);
  return rows[0]?.any ?? false;
}

async function* batchesOf(pool: pg.Pool, table: TaggedTable): AsyncGenerator<readonly StoredRow[]> {
  const columns = Object.entries(table.columns).map(([name, column]) => `${column} AS "${name}"`);
  const key = table.key.map((name) => columnOf(table, name)).join(', ');
  const after = table.key.map((_, index) => `$${index + 1}`).join(', ');
  const text = `SELECT ${columns.join(', ')}, tag FROM ${quoted(table.name)}
    WHERE (${key}) > (${after}) ORDER BY ${key} LIMIT ${batchSize}`;
  for (let last: readonly unknown[] = table.key.map(() => ''); ; ) {
    const { rows } = await pool.query<StoredRow>(text, [...last]);
    const end = rows.at(-1);
    if (!end) return;
    yield rows;
    last = table.key.map((name) => end[name]);
  }
}

const columnOf = (table: TaggedTable, name: string): string => table.columns[name] ?? name;
const idOf = (table: TaggedTable, row: StoredRow): string =>
  table.key.map((name) => String(row[name])).join(' ');
/** `user` is a reserved word. */
const quoted = (name: string): string => `"${name}"`;
