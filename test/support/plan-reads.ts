import type pg from 'pg';

/** The rows of one table that one part of a statement has read. */
export interface TableRead {
  /** The partitions of the audit are one table. */
  readonly table: string;
  /** As in PostgreSQL's plans, e.g. `Seq Scan`. */
  readonly scan: string;
  /** Those that it returned and those that it dropped. */
  readonly rows: number;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Node[];
}

export interface Reads {
  readonly tables: readonly TableRead[];
  /** Returned or written. */
  readonly rows: number;
  /** Milliseconds, by the server's clock. */
  readonly took: number;
}

/** An insertion would be a second one of the same key. */
const explained = /^\s*(SELECT|WITH|UPDATE|DELETE)\b/i;

/** Runs a statement in a transaction that it rolls back. Returns undefined for one without a plan, such as BEGIN. */
export async function readsOf(
  pool: pg.Pool,
  { text, values }: { readonly text: string; readonly values: readonly unknown[] },
  settings = '',
): Promise<Reads | undefined> {
  if (!explained.test(text)) return undefined;
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; ${settings}`);
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node; 'Execution Time': number }[] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
    if (!plan) return undefined;
    const tables = [...scansOf(plan.Plan)];
    const first = plan.Plan['Actual Rows'] ?? 0;
    const written =
      plan.Plan['Node Type'] === 'ModifyTable' ? (plan.Plan.Plans?.[0]?.['Actual Rows'] ?? 0) : 0;
    return { tables, rows: Math.max(first, written), took: plan['Execution Time'] };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function* scansOf(node: Node): Generator<TableRead> {
  const loops = node['Actual Loops'] ?? 0;
  const table = node['Relation Name'];
  const scan = node['Node Type'];
  if (table !== undefined && loops > 0 && scan !== 'ModifyTable') {
    const each =
      (node['Actual Rows'] ?? 0) +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0);
    yield { table: table.replace(/^audit_event_.*/, 'audit_event'), scan, rows: Math.round(each * loops) };
  }
  for (const child of node.Plans ?? []) yield* scansOf(child);
}
