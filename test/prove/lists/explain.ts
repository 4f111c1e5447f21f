import type pg from 'pg';
import type { Line, Statement } from './measure.ts';

// Plans of the statements that the lists have sent, in short: the rows and pages that each part has read.

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly 'Subplans Removed'?: number;
  readonly Plans?: readonly Node[];
}

interface Plan {
  readonly Plan: Node;
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
}

export interface Explained {
  readonly text: string;
  /** Tables of more than ten thousand rows that a statement has read as a whole. */
  readonly wholeTables: readonly string[];
  /** The pages that a reading takes, of the page that takes more. */
  readonly pages: number;
  /** Milliseconds of planning and execution, by the server's own clock. */
  readonly server: number;
}

/** Explains each statement of a reading. */
export async function explain(pool: pg.Pool, line: Line, large: ReadonlySet<string>): Promise<Explained> {
  const parts: string[] = [`# ${line.name}`];
  const wholeTables = new Set<string>();
  const readings: { pages: number; server: number }[] = [];
  for (const [page, figures] of [
    ['first page', line.first],
    [`after ${line.depth} rows`, line.deep],
  ] as const) {
    if (!figures) continue;
    const reading = { pages: 0, server: 0 };
    readings.push(reading);
    parts.push(`## ${page}: ${figures.statements} statements, p95 ${figures.p95} ms`);
    for (const statement of figures.sent.filter(({ text }) => /^\s*(SELECT|WITH)\b/.test(text))) {
      const plan = await planOf(pool, statement);
      if (!plan) continue;
      const scans = scansOf(plan.Plan, large);
      for (const { whole, table } of scans) if (whole) wholeTables.add(table);
      const read = blocksOf(plan.Plan);
      reading.pages += read;
      reading.server += plan['Planning Time'] + plan['Execution Time'];
      const times = `planning ${plan['Planning Time']} ms, execution ${plan['Execution Time']} ms, ${read} pages`;
      parts.push(statement.text.replace(/\s+/g, ' ').slice(0, 200), `  ${times}`);
      parts.push(...scans.map(({ words }) => `  ${words}`));
    }
  }
  const most = (of: (one: (typeof readings)[number]) => number) => Math.max(0, ...readings.map(of));
  return {
    text: `${parts.join('\n')}\n`,
    wholeTables: [...wholeTables],
    pages: most((one) => one.pages),
    server: Math.round(10 * most((one) => one.server)) / 10,
  };
}

async function planOf(pool: pg.Pool, { text, values }: Statement): Promise<Plan | undefined> {
  const { rows } = await pool.query<{ 'QUERY PLAN': readonly Plan[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    [...values],
  );
  return rows[0]?.['QUERY PLAN'][0];
}

function blocksOf(node: Node): number {
  return (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0);
}

/** Returns the scans of a plan. Those of the partitions of one table by the same index are one. */
function scansOf(plan: Node, large: ReadonlySet<string>) {
  const found = new Map<
    string,
    { table: string; whole: boolean; parts: number; unread: number; rows: number; out: number; pages: number }
  >();
  const visit = (node: Node) => {
    const loops = node['Actual Loops'] ?? 0;
    const relation = node['Relation Name'];
    const by = node['Index Name'];
    if (relation !== undefined || by !== undefined) {
      const table = (relation ?? by ?? '').replace(
        /^(audit_event)_(first|default|\d{4}_\d\d_\d\d)/,
        '$1 weeks',
      );
      const index = by?.replace(/^(audit_event)_(first|default|\d{4}_\d\d_\d\d)(_p)?/, '$1');
      const key = `${node['Node Type']} ${relation === undefined ? '' : table} ${index ?? ''}`;
      const seen = found.get(key) ?? { table, whole: false, parts: 0, unread: 0, rows: 0, out: 0, pages: 0 };
      seen.parts += 1;
      if (loops === 0) seen.unread += 1;
      seen.rows += (node['Actual Rows'] ?? 0) * loops;
      seen.out += (node['Rows Removed by Filter'] ?? 0) * loops;
      seen.pages += blocksOf(node);
      seen.whole ||= loops > 0 && node['Node Type'] === 'Seq Scan' && large.has(relation ?? '');
      found.set(key, seen);
    }
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(plan);
  return [...found].map(([key, { table, whole, parts, unread, rows, out, pages }]) => ({
    table,
    whole,
    words: `${key.trim()}${parts > 1 ? `, ${parts} parts of which ${unread} unread` : ''}: ${Math.round(rows)} rows, ${Math.round(out)} removed, ${pages} pages${whole ? ' — WHOLE TABLE' : ''}`,
  }));
}

/** Returns the tables and partitions with more than ten thousand rows. */
export async function largeTables(pool: pg.Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND reltuples > 10000`,
  );
  return new Set(rows.map(({ name }) => name));
}
