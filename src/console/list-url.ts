import type { ListDeclaration } from './list-declaration.ts';
import type { Visit } from './visit.ts';
import { withOffset } from './zone.ts';

type Declared = Pick<ListDeclaration<never, never>, 'filters' | 'sorts' | 'fixed'>;

/**
 * Returns the address under which the list shows the same anywhere, unless it is asked for already: without empty fields, and
 * with the offset of each time, since the viewer's day begins at the viewer's midnight.
 */
export function canonical({ url, zone }: Visit, { filters }: Pick<Declared, 'filters'>): string | undefined {
  const times = new Set(filters.filter(({ kind }) => kind === 'time').map(({ name }) => name));
  const pairs = [...url.searchParams]
    .filter(([, value]) => value.trim() !== '')
    .map(([name, value]): [string, string] => {
      const local = times.has(name) && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(value);
      return local ? [name, withOffset(fullTime(value), zone)] : [name, value];
    });
  const query = new URLSearchParams(pairs).toString();
  return query === url.searchParams.toString() ? undefined : pathWith(url.pathname, query);
}

function fullTime(value: string): string {
  const [day = '', time = '00:00'] = value.split('T');
  return `${day}T${time.length === 5 ? `${time}:00` : time}`;
}

/** Returns the query of the operation: the filters of the URL, the sort, the cursor and the fixed values. */
export function queryOf(
  visit: Visit,
  { filters, sorts, fixed }: Declared,
  { paged = true } = {},
): Readonly<Record<string, string | string[]>> {
  const { searchParams } = visit.url;
  const names = [
    ...filters.map(({ name }) => name),
    ...(sorts ? ['sort'] : []),
    ...(paged ? ['cursor', 'limit'] : []),
  ];
  const given = names.flatMap((name) => {
    const values = searchParams.getAll(name).filter((value) => value !== '');
    const several = filters.find((filter) => filter.name === name)?.kind === 'several';
    return values.length === 0 ? [] : [[name, several ? values : (values.at(-1) ?? '')] as const];
  });
  return { ...Object.fromEntries(given), ...fixed?.(visit) };
}

/** Returns the parameters of an address as the query of an operation: a name that is given several times has several values. */
export function queryIn(
  pairs: Iterable<readonly [string, string]>,
): Readonly<Record<string, string | string[]>> {
  const byName = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, given]) => {
      const values = given.map(([, value]) => value);
      return [name, values.length > 1 ? values : values.join('')];
    }),
  );
}

export function hasFilters({ url }: Visit, { filters }: Pick<Declared, 'filters'>): boolean {
  return filters.some(({ name }) => url.searchParams.has(name));
}

/** Returns the path and query of the page with some parameters replaced; undefined removes one. */
export function addressWith(url: URL, changes: Readonly<Record<string, string | undefined>>): string {
  const changed = new URLSearchParams(url.searchParams);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) changed.delete(name);
    else changed.set(name, value);
  }
  return pathWith(url.pathname, changed.toString());
}

function pathWith(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}
