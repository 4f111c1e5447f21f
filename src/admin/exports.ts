import { z } from 'zod';
import { Problem } from '../kit/problem.ts';
import { parseQuery } from '../retrieval/input.ts';
import { requireDangerous } from './dangerous-change.ts';
import { Download } from './download.ts';
import { columnsOf, csvHead, csvLine } from './export-csv.ts';
import type { Operation, RawCall } from './operation.ts';
import type { AdminDeps } from './ports.ts';
import type { Permission } from './roles.ts';

interface Exported {
  readonly name: string;
  /** The operation of the list. */
  readonly list: string;
  /** The operation with the rows of one item of the list, whose path names a user. Default: the items are the rows. */
  readonly each?: string;
  readonly needs: Permission;
  /** It needs a fresh sign-in and a reason. */
  readonly dangerous?: true;
}

const exported: readonly Exported[] = [
  { name: 'identities', list: 'GET /identities', needs: 'people:export', dangerous: true },
  { name: 'people', list: 'GET /users', needs: 'people:export', dangerous: true },
  {
    name: 'consents',
    list: 'GET /users',
    each: 'GET /users/{user}/consents',
    needs: 'people:export',
    dangerous: true,
  },
  { name: 'events', list: 'GET /events', needs: 'events:export' },
  { name: 'connections', list: 'GET /connections', needs: 'configuration:read' },
  { name: 'apps', list: 'GET /apps', needs: 'configuration:read' },
];

const formats = { csv: 'text/csv', json: 'application/json' } as const;
const formatName = z.enum(['csv', 'json']);

const page = z.object({ items: z.array(z.unknown()), next_cursor: z.string().nullable() });
/** The list gives out its pages, and the caller's sight stays as it is. */
const ofPages = ['limit', 'cursor', 'reveal'];

/** Lists as files, read page by page as the caller, so with the filters, masks and limits of the list. */
export function exportOperations(
  deps: Pick<AdminDeps, 'events' | 'clock'>,
  lists: readonly Operation[],
): readonly Operation[] {
  const named = (name: string | undefined) =>
    lists.find(({ method, path }) => `${method.toUpperCase()} ${path}` === name);
  return exported.flatMap((one) => {
    const list = named(one.list);
    return list ? exportOperation(deps, one, { list, each: named(one.each) }) : [];
  });
}

interface Sources {
  readonly list: Operation;
  readonly each: Operation | undefined;
}

function exportOperation(
  { events, clock }: Pick<AdminDeps, 'events' | 'clock'>,
  { name, needs, dangerous }: Exported,
  { list, each }: Sources,
): Operation {
  const fields = Object.entries(list.query?.shape ?? {}).filter(([field]) => !ofPages.includes(field));
  const query = z.strictObject(Object.fromEntries(fields));
  const columns = each ? [['user'], ...columnsOf(itemOf(each))] : columnsOf(itemOf(list));

  async function* chunks(raw: RawCall, format: keyof typeof formats): AsyncGenerator<string> {
    const about = { list: name, format };
    const { reason } = raw;
    const filter = filterOf(raw.query);
    await events.record({
      type: 'export.started',
      detail: { ...about, ...(filter !== '' && { filter }), ...(reason !== undefined && { reason }) },
    });
    let rows = 0;
    let whole = false;
    try {
      const at = clock.now().toISOString();
      yield format === 'csv' ? csvHead(columns) : `{"list":"${name}","exported_at":"${at}","items":[`;
      for await (const listed of pagesOf(list, raw)) {
        const items = each ? await rowsOf(each, raw, listed) : listed;
        const lines = items.map((item, index) => {
          if (format === 'csv') return csvLine(item, columns);
          return `${rows + index === 0 ? '\n' : ',\n'}${JSON.stringify(item)}`;
        });
        rows += items.length;
        yield lines.join('');
      }
      if (format === 'json') yield '\n]}\n';
      whole = true;
    } finally {
      await events.record({ type: 'export.finished', detail: { ...about, rows, whole } });
    }
  }

  return {
    method: 'get',
    path: `/exports/${name}.{format}`,
    tag: 'Exports',
    summary: `Export ${name} as CSV or JSON`,
    description: `All that \`${list.method.toUpperCase()} ${list.path}\` lists for these filters. The format is \`csv\` or \`json\`.`,
    needs,
    ...(dangerous && { dangerous }),
    file: true,
    query,
    status: 200,
    problems: ['not_found'],
    async run(raw) {
      const format = formatName.safeParse(raw.params.format);
      if (!format.success) throw new Problem('not_found');
      parseQuery(query, raw.query);
      // A file cannot be kept for its author until a second owner approves it.
      if (dangerous) requireDangerous({ ...raw, approval: 'not needed' });
      // A filter that the list refuses is refused before the file begins.
      await firstOf(list, raw);
      const day = clock.now().toISOString().slice(0, 10);
      return new Download({
        filename: `${name}-${day}.${format.data}`,
        type: formats[format.data],
        chunks: chunks(raw, format.data),
      });
    },
  };
}

/** Returns the schema of the items of a list. */
function itemOf({ answer, path }: Operation): z.core.$ZodType {
  const items = answer instanceof z.ZodObject ? answer.shape.items : undefined;
  if (!(items instanceof z.ZodArray)) throw new Error(`GET ${path} is no list`);
  return items.element;
}

async function firstOf(list: Operation, raw: RawCall): Promise<void> {
  await list.run({ ...raw, query: { ...queryOf(raw), limit: '1' } });
}

async function* pagesOf(list: Operation, raw: RawCall): AsyncGenerator<readonly unknown[]> {
  let cursor: string | null = null;
  do {
    const query = { ...queryOf(raw), limit: '200', ...(cursor !== null && { cursor }) };
    const { items, next_cursor }: z.output<typeof page> = page.parse(await list.run({ ...raw, query }));
    yield items;
    cursor = next_cursor;
  } while (cursor !== null);
}

const listedUser = z.looseObject({ id: z.string() });
const rowsAnswer = z.object({ items: z.array(z.looseObject({})) });

/** Returns the rows of each user on a page of the list, with the user's id. A user who has gone meanwhile has none. */
async function rowsOf(
  each: Operation,
  raw: RawCall,
  listed: readonly unknown[],
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (const one of listed) {
    const { id } = listedUser.parse(one);
    const answer = await each.run({ ...raw, params: { user: id }, query: {} }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_found') return { items: [] };
      throw error;
    });
    rows.push(...rowsAnswer.parse(answer).items.map((row) => ({ user: id, ...row })));
  }
  return rows;
}

function queryOf({ query }: RawCall): Readonly<Record<string, unknown>> {
  return typeof query === 'object' && query !== null ? { ...query } : {};
}

/** Returns the filter for the event. A search may be the name of a person, which events do not keep. */
function filterOf(query: unknown): string {
  const given = Object.entries((query ?? {}) as Readonly<Record<string, string | string[]>>);
  const pairs = given.flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, name === 'q' ? '…' : value]),
  );
  const text = decodeURIComponent(new URLSearchParams(pairs).toString());
  // The cut may be inside a character, and the database takes no half of one.
  return text.slice(0, 400).toWellFormed();
}
