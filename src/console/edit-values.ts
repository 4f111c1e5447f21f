import type { EditForm, Field, Item } from './edit-declaration.ts';

/** Values of a form by the names of its fields. Secrets are no part of it until they are entered. */
export type Values = Readonly<Record<string, unknown>>;

/** The kinds that are no part of an item, as the API shows it. */
const unseen: readonly Field['kind'][] = ['secret', 'picture', 'decision'];

export function valuesOf(fields: readonly Field[], item: Item | undefined): Values {
  const seen = fields.filter(({ kind }) => !unseen.includes(kind));
  return Object.fromEntries(seen.map(({ name }) => [name, valueAt(item, name)]));
}

function valueAt(item: Item | undefined, name: string): unknown {
  const [top, member] = splitName(name);
  const value = item?.[top] ?? null;
  if (member === undefined || value === null) return value;
  return (value as Readonly<Record<string, unknown>>)[member] ?? null;
}

/** Returns the body of the operation. `values` are all, `changed` the names of those that differ. */
export function bodyOf(
  { fixed, objects = {}, whole }: EditForm,
  values: Values,
  changed: readonly string[],
): Record<string, unknown> {
  const body: Record<string, unknown> = { ...fixed };
  const sent = whole ? Object.keys(values).filter((name) => (values[name] ?? null) !== null) : changed;
  for (const name of sent) {
    const [top, member] = splitName(name);
    if (member === undefined) body[top] = values[name];
    else if (objects[top] === 'changed')
      body[top] = { ...(body[top] as object | undefined), [member]: values[name] };
    else body[top] = objectAt(top, values, objects[top] === 'all' ? {} : null);
  }
  return body;
}

function objectAt(top: string, values: Values, empty: object | null): object | null {
  const members = Object.entries(values).flatMap(([name, value]) => {
    const [of, member] = splitName(name);
    return of === top && member !== undefined && value !== null ? [[member, value] as const] : [];
  });
  return members.length > 0 ? Object.fromEntries(members) : empty;
}

/** Returns the parts of a dotted name. A member may have dots of its own. */
export function splitName(name: string): readonly [string, string?] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
}
