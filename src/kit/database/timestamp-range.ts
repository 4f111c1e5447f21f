import type pg from 'pg';

// PostgreSQL stores moments that neither a `Date` nor ISO 8601 with four digits can tell: infinity, years BC, years
// beyond 9999. One such value, from an import or by hand, must not break the answer about all the others, so what is
// out of reach is read as the end of reach.

const earliest = '0001-01-01 00:00:00+00';
const latest = '9999-12-31 23:59:59.999+00';

const [from, to] = [earliest, latest].map((text) => Date.parse(text.replace(' ', 'T').replace('+00', 'Z')));

/** Whether ISO 8601 writes it with a year of four digits, from 1 on. */
export function isRepresentable(date: Date): boolean {
  const time = date.getTime();
  return time >= Number(from) && time <= Number(to);
}

/** At an end of reach: it may stand for what lies beyond. */
export function isRangeEnd(date: Date): boolean {
  return date.getTime() === from || date.getTime() === to;
}

/** Where a list by time goes on from such a row: behind the row itself, wherever it stands. */
export function pastRangeEnd(after: { readonly at: Date; readonly id: string } | undefined): {
  cursor?: { id: string };
  skip?: number;
} {
  return after && isRangeEnd(after.at) ? { cursor: { id: after.id }, skip: 1 } : {};
}

function withinReach(text: string): string {
  if (text[4] === '-' && !text.endsWith('BC')) return text;
  return text === '-infinity' || text.endsWith('BC') ? earliest : latest;
}

const timestamp = 1114;
const timestamptz = 1184;

/** The parsers of pg and those that Prisma's adapter brings, given only what they can tell. */
export function clampTimestamps(types: Types): Types {
  return {
    getTypeParser(oid: number, format?: 'text' | 'binary') {
      const parse = types.getTypeParser(oid, format);
      if (format === 'binary' || (oid !== timestamp && oid !== timestamptz)) return parse;
      return (text: string) => parse(withinReach(text));
    },
  } as Types;
}

type Types = pg.CustomTypesConfig;
