import type pg from 'pg';

// PostgreSQL stores timestamps that neither a `Date` nor ISO 8601 with four-digit years can represent: infinity, years
// BC, years above 9999. One such value, from an import or by hand, must not break the response about all other rows. It
// is read as the nearest end of the range.

const earliest = '0001-01-01 00:00:00+00';
const latest = '9999-12-31 23:59:59.999+00';

const [from, to] = [earliest, latest].map((text) => Date.parse(text.replace(' ', 'T').replace('+00', 'Z')));

/** Returns whether ISO 8601 can write it with a year from 0001 to 9999. */
export function isRepresentable(date: Date): boolean {
  const time = date.getTime();
  return time >= Number(from) && time <= Number(to);
}

/** Returns the date if it can be stored and stated, else undefined. */
export function representable(date: Date | undefined): Date | undefined {
  return date && isRepresentable(date) ? date : undefined;
}

/** Returns whether it is an end of the range, and so may stand for a value outside. */
export function isRangeEnd(date: Date): boolean {
  return date.getTime() === from || date.getTime() === to;
}

/** Returns Prisma's cursor for the page after a row at an end of the range, whose stored time is unknown here. */
export function pastRangeEnd(after: { readonly at: Date; readonly id: string } | undefined): {
  cursor?: { id: string };
  skip?: number;
} {
  return after && isRangeEnd(after.at) ? { cursor: { id: after.id }, skip: 1 } : {};
}

/**
 * Returns Prisma's condition on the rows after a position, the newest first. The index finds the place by the first part
 * alone: it would read all newer rows for the other.
 */
export function olderThan({ at, id }: { readonly at: Date; readonly id: string }) {
  if (isRangeEnd(at)) return {};
  return { createdAt: { lte: at }, OR: [{ createdAt: { lt: at } }, { createdAt: at, id: { lt: id } }] };
}

/** SQL: the condition on the rows after a position, in the descending order of a time and an id. */
export function below(
  [at, id]: readonly [at: string, id: string],
  after: { readonly at: Date },
  place: { readonly at: string; readonly id: string },
): string {
  if (!isRangeEnd(after.at)) return `(${at}, ${id}) < (${place.at}, ${place.id})`;
  // The stored time of that row is unknown here.
  if (after.at.getTime() === from) return `${at} <= ${place.at} AND ${id} < ${place.id}`;
  return `(${at} < ${place.at} OR ${at} >= ${place.at} AND ${id} < ${place.id})`;
}

function clamp(text: string): string {
  if (text[4] === '-' && !text.endsWith('BC')) return text;
  return text === '-infinity' || text.endsWith('BC') ? earliest : latest;
}

/** The object ids of PostgreSQL's types. */
const timestamp = 1114;
const timestamptz = 1184;

/** Wraps parsers of pg or of Prisma's adapter so that they get only timestamps in the range. */
export function clampTimestamps(types: Types): Types {
  return {
    getTypeParser(oid: number, format?: 'text' | 'binary') {
      const parse = types.getTypeParser(oid, format);
      if (format === 'binary' || (oid !== timestamp && oid !== timestamptz)) return parse;
      return (text: string) => parse(clamp(text));
    },
  } as Types;
}

type Types = pg.CustomTypesConfig;
