import type pg from 'pg';
import { withWrapped, wrappedIn } from './sealed-column.ts';
import type { LastingRows, SealedRow } from './sealed-rows.ts';

/** The SQL for one sealed column, from the store of its room. `keyIdOf` of kit/keys/sealed-column.ts names the key. */
export interface SealedColumn {
  readonly name: string;
  /** Returns `key` and `values`. */
  readonly count: string;
  /** Returns `id` and `sealed` by id: not of key $1, after id $2, at most $3. */
  readonly next: string;
  /** Replaces $2 by $3 in row $1. */
  readonly replace: string;
  context(id: string): string;
}

interface ColumnRow extends SealedRow {
  readonly sealed: Uint8Array;
}

/** For small tables: one statement re-seals one row. */
export function createSealedColumnRows(pool: pg.Pool, column: SealedColumn): LastingRows<ColumnRow> {
  return {
    name: column.name,
    countByKey: () => countedByKey(pool, column.count),
    keysInUse: async () => [...(await countedByKey(pool, column.count)).keys()],
    async sealedOtherwise(keyId, after, limit) {
      const { rows } = await pool.query<Pick<ColumnRow, 'id' | 'sealed'>>(column.next, [keyId, after, limit]);
      return rows.map(({ id, sealed }) => ({
        id,
        sealed,
        context: column.context(id),
        ...wrappedIn(sealed),
      }));
    },
    async replace(moves) {
      let replaced = 0;
      for (const { row, to } of moves) {
        const values = [row.id, row.sealed, withWrapped(row.sealed, to)];
        replaced += (await pool.query(column.replace, values)).rowCount ?? 0;
      }
      return replaced;
    },
  };
}

/** Runs a statement that returns `key` and `values`. */
export async function countedByKey(pool: pg.Pool, statement: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ key: string; values: number }>(statement);
  return new Map(rows.map(({ key, values }) => [key, values]));
}

/** Runs a statement that returns `key`. */
export async function keysFrom(pool: pg.Pool, statement: string): Promise<readonly string[]> {
  return (await pool.query<{ key: string }>(statement)).rows.map(({ key }) => key);
}
