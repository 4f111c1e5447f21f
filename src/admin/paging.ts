import { z } from 'zod';
import { Problem } from '../kit/problem.ts';

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items at most'),
  cursor: z.string().max(1024).optional().describe('`next_cursor` of the page before'),
});

export function listAnswer<Item extends z.ZodType>(id: string, item: Item) {
  const next = z.string().nullable().describe('Null: this was the last page');
  return z.object({ items: z.array(item), next_cursor: next }).meta({ id });
}

interface Paging<Row, Position, Item> {
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
  /** The cursor of a row in its list. */
  readonly position: z.ZodType<Position>;
  readonly positionOf: (row: Row) => unknown;
  readonly read: (limit: number, after: Position | undefined) => Promise<readonly Row[]>;
  readonly describe: (row: Row) => Item;
}

/** @throws Problem invalid_request for a cursor that this API did not issue. */
export async function readPage<Row, Position, Item>(paging: Paging<Row, Position, Item>) {
  const { limit, cursor } = paging.query;
  const after = cursor === undefined ? undefined : parseCursor(paging.position, cursor);
  // One row more than asked for shows whether there is another page.
  const rows = await paging.read(limit + 1, after);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(paging.describe), next_cursor: more ? cursorOf(paging.positionOf(last)) : null };
}

/** Returns the cursor after a position. */
export function cursorOf(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws Problem invalid_request for a cursor that this API did not issue. */
export function parseCursor<Position>(position: z.ZodType<Position>, cursor: string): Position {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem('invalid_request', { detail: 'cursor: is not one that was handed out here' });
  }
}
