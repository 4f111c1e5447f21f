import { z } from 'zod';
import type { NewBulkItem } from '../../reporting/bulk-store.ts';
import type { AdminCaller } from '../caller.ts';
import type { Operation } from '../operation.ts';
import { idText } from '../shapes.ts';
import type { BulkAct } from './acts.ts';

const text = z.string().max(200);

/** The filter is the query of the list, as a page of it has it; `limit`, `cursor` and `sort` are the job's own. */
export const selectionBody = z
  .strictObject({
    ids: z.array(idText).min(1).max(200).optional().describe('Ids of linked identities, or of users'),
    filter: z
      .record(
        z.string().regex(/^(?!limit$|cursor$|sort$|reveal$)[a-z_]{1,40}$/),
        z.union([text, z.array(text).max(20)]),
      )
      .optional()
      .describe('The query of `GET /identities` or `GET /users`: all that it lists. {}: all'),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'needs either ids or a filter')
  .meta({ id: 'BulkSelection' });

export type BulkSelection = z.output<typeof selectionBody>;

const page = z.object({ items: z.array(z.unknown()), next_cursor: z.string().nullable() });

/** The bound of the loop: a list of a million whose filter matches nothing is looked through in fewer pages. */
const mostPages = 20_000;

export interface Reader {
  readonly act: BulkAct;
  readonly list: Operation;
  readonly caller: AdminCaller;
}

/** Yields the chosen items page by page, read as the caller. An id that is not listed is left out. @throws Problem */
export async function* selectItems(
  { act, list, caller }: Reader,
  { ids, filter = {} }: BulkSelection,
): AsyncGenerator<readonly NewBulkItem[]> {
  const read = async (query: object) =>
    page.parse(
      await list.run({
        params: {},
        query,
        body: undefined,
        caller,
        reason: undefined,
        approval: 'not needed',
      }),
    );
  const itemsOf = (items: readonly unknown[]) => items.map(act.item);

  if (ids) {
    for (const id of new Set(ids)) {
      const { items } = await read({ q: id });
      yield itemsOf(items).filter(({ target }) => target === id);
    }
    return;
  }
  let cursor: string | null = null;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { items, next_cursor }: z.output<typeof page> = await read({
      ...filter,
      limit: '200',
      ...(cursor !== null && { cursor }),
    });
    yield itemsOf(items);
    cursor = next_cursor;
    if (cursor === null) return;
  }
}
