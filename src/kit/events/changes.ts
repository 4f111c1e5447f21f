/** A value in the detail of an event. */
export type DetailValue =
  | string
  | number
  | boolean
  | null
  | readonly DetailValue[]
  | { readonly [name: string]: DetailValue };

export type Detail = Readonly<Record<string, DetailValue>>;

/** The fields of a registration as an event names them, without secrets. An object counts as one field for each member. */
export type Facts = Detail;

/** The old and the new value of each field that a change has altered. */
export type Changes = Readonly<Record<string, { readonly from: DetailValue; readonly to: DetailValue }>>;

// An event has a bounded size, whatever an admin enters.
const mostFields = 40;
const mostItems = 20;
const longestText = 200;

/** Returns the fields that differ, e.g. `enabled` or `endpoints.token`. A field that is absent on one side is null there. */
export function changesBetween(before: Facts, after: Facts): Changes {
  const [old, current] = [flat(before), flat(after)];
  const names = [...new Set([...old.keys(), ...current.keys()])];
  const changed = names.filter((name) => textOf(old.get(name)) !== textOf(current.get(name)));
  return Object.fromEntries(
    changed.slice(0, mostFields).map((name) => {
      const [from, to] = [old, current].map((facts) => bounded(facts.get(name) ?? null));
      return [name, { from: from ?? null, to: to ?? null }];
    }),
  );
}

/** Returns facts of a bounded size. */
export function boundedFacts(facts: Facts): Detail {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, bounded(value)]));
}

/** Shortens texts and lists, and says how many items are left out. */
function bounded(value: DetailValue): DetailValue {
  if (typeof value === 'string') return shortened(value);
  if (isList(value)) {
    const rest = value.length - mostItems;
    return [...value.slice(0, mostItems).map(bounded), ...(rest > 0 ? [`… ${rest} more`] : [])];
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).slice(0, mostFields);
  return Object.fromEntries(members.map(([name, member]) => [shortened(name), bounded(member)]));
}

/**
 * Returns an address without what may be secret in it: user, password, query and fragment. `withPath` is false where the
 * path is a capability, as in the URLs of chat webhooks.
 */
export function addressFact(address: string, { withPath = true } = {}): string {
  const url = URL.parse(address);
  if (!url) return 'not a URL';
  return `${url.origin}${withPath ? url.pathname : '/…'}`;
}

function flat(facts: Facts): ReadonlyMap<string, DetailValue> {
  return new Map(
    Object.entries(facts).flatMap(([name, value]): [string, DetailValue][] =>
      typeof value === 'object' && value !== null && !isList(value)
        ? Object.entries(value).map(([member, inner]) => [`${name}.${member}`, inner])
        : [[name, value]],
    ),
  );
}

function isList(value: DetailValue): value is readonly DetailValue[] {
  return Array.isArray(value);
}

function textOf(value: DetailValue | undefined): string {
  return JSON.stringify(value ?? null);
}

/** PostgreSQL takes no half of a surrogate pair, at which a text may be cut. */
function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text;
}
