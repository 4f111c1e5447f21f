import type pg from 'pg';
import { withWrapped, wrappedIn } from './sealed-column.ts';
import type { LastingRows, SealedRow } from './sealed-rows.ts';

/** A sealed column as its room's store asks for it. `keyIdOf` of kit/keys/sealed-column.ts names the key in SQL. */
export interface SealedColumn {
  readonly name: string;
  /** Answers `key` and `values`. */
  readonly count: string;
  /** Answers `id` and `sealed` in order of id: not of key $1, behind id $2, at most $3. */
  readonly next: string;
  /** Of row $1: puts $3 in the place of exactly $2. */
  readonly replace: string;
  context(id: string): string;
}

interface ColumnRow extends SealedRow {
  readonly sealed: Uint8Array;
}

/** For the tables that are small: one statement moves one row. */
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

/** Runs a statement that answers `key` and `values`. */
export async function countedByKey(pool: pg.Pool, statement: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ key: string; values: number }>(statement);
  return new Map(rows.map(({ key, values }) => [key, values]));
}

/** Runs a statement that answers `key`. */
export async function keysFrom(pool: pg.Pool, statement: string): Promise<readonly string[]> {
  return (await pool.query<{ key: string }>(statement)).rows.map(({ key }) => key);
}
