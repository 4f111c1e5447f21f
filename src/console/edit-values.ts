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
  let value: unknown = item;
  for (const member of name.split('.'))
    value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[member];
  return value ?? null;
}

/** Sets a value at the path of a field's name, e.g. `about.purpose.en`. */
export function setAt(body: Record<string, unknown>, name: string, value: unknown): void {
  const path = name.split('.');
  const last = path.pop() ?? name;
  let object = body;
  for (const member of path) {
    const inner = { ...(object[member] as Record<string, unknown> | null | undefined) };
    object[member] = inner;
    object = inner;
  }
  object[last] = value;
}

/** Returns the body of the operation. `values` are all, `changed` the names of those that differ. */
export function bodyOf(
  { fixed, objects = {}, whole }: EditForm,
  values: Values,
  changed: readonly string[],
): Record<string, unknown> {
  const body: Record<string, unknown> = { ...fixed };
  for (const name of whole ? Object.keys(values) : changed) {
    const [top = name, ...members] = name.split('.');
    const value = values[name] ?? null;
    if (whole) {
      if (value !== null) setAt(body, name, value);
      else if (members.length === 0) delete body[top];
    } else if (members.length === 0 || objects[top] === 'changed') setAt(body, name, value);
    else body[top] = objectAt(top, values) ?? (objects[top] === 'all' ? {} : null);
  }
  return body;
}

/** Returns an object with all of its members that have a value. */
function objectAt(top: string, values: Values): unknown {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values))
    if (name.startsWith(`${top}.`) && value !== null) setAt(body, name, value);
  return body[top];
}
