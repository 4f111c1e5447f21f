import type { Permission } from '../admin/roles.ts';
import type { HtmlPart } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { Visit } from './visit.ts';

/**
 * A list of the console: one declaration of at most 60 lines over one operation of the admin API. The whole state is in the
 * URL: filters, sort, cursor, zone and `live=1`. A filter has the name of the operation's query parameter, and a list is read
 * page by page with its cursor, never by number. To add a list, export `listPage({…})` from a file in `pages/`, name it in
 * `pages.ts`, and add it to `navigation.ts`. `pages/people.ts` is a short one, `pages/events.ts` one with look-ups.
 */
export interface ListDeclaration<Item, Context = undefined> {
  /** The path below `/console`. */
  readonly path: string;
  /** Method and path in the admin API, e.g. `GET /users`. Its answer has `items` and `next_cursor`. */
  readonly operation: string;
  readonly needs: Permission;
  readonly title: Text;
  /** One sentence below the heading. */
  readonly about?: Text;
  /** The link to the page that makes a new one. */
  readonly add?: { readonly text: Text; readonly path: string; readonly needs: Permission };
  /** The link to a page that belongs to the list. */
  readonly beside?: { readonly text: Text; readonly path: string; readonly needs: Permission };
  readonly filters: readonly Filter[];
  /** The orders, the default first. Absent: the list has one order. */
  readonly sorts?: readonly Option[];
  readonly columns: readonly Column<Item, Context>[];
  /** The sentence of a list without rows: why, and the next act. */
  readonly empty: Text;
  readonly idOf: (item: Item) => string;
  /** Reads what the cells need beside the items, e.g. the names of apps. */
  readonly context?: (visit: Visit, items: readonly Item[]) => Promise<Context>;
  /** Acts on rows. Their pages get `id` for each ticked row, the query of the list as `filter`, and `all=1` for all of the filter. */
  readonly acts?: readonly ListAct[];
  /** The list refreshes itself every ten seconds with `live=1`, by script. */
  readonly live?: boolean;
  /** The name of the list at `GET /exports/{list}.{format}`. The links are shown to those who may export it. */
  readonly exports?: { readonly list: string };
  /** Parameters in the path of the operation. */
  readonly params?: (visit: Visit) => Readonly<Record<string, string>>;
  /** Values that the operation needs although they are no filter, e.g. the id of a person. */
  readonly fixed?: (visit: Visit) => Readonly<Record<string, string>>;
  /** A sentence in place of the rows, for a caller to whom the API refuses the list as it is. */
  readonly instead?: (visit: Visit) => Text | undefined;
}

export interface Column<Item, Context = undefined> {
  readonly title: Text;
  cell(item: Item, visit: Visit, context: Context): HtmlPart;
}

export interface ListAct {
  readonly text: Text;
  /** The confirm page. */
  readonly path: string;
  readonly needs: Permission;
}

/** The answer of an operation that lists. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
  /** The search has looked back so far, and can go on. */
  readonly looked_back_to?: string | null;
}

export interface Option {
  readonly value: string;
  readonly text: string | Text;
}

export interface Filter {
  /** The name in the URL, and in the query of the operation. */
  readonly name: string;
  readonly label: Text;
  /** `several`: any of the ticked values. `time`: a moment in the zone of the page. */
  readonly kind: 'text' | 'choice' | 'several' | 'time';
  /** For `choice` and `several`. */
  readonly options?: (visit: Visit) => Promise<readonly Option[]> | readonly Option[];
  /** The values in words, where they are always the same. */
  readonly words?: Readonly<Record<string, Text>>;
  readonly hint?: Text;
  /** It compares a setting, of which support sees nothing. */
  readonly bySetting?: true;
  /** It is folded away until it is used. Three or four filters suffice for most visits. */
  readonly more?: boolean;
}
