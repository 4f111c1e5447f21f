import { Prisma } from '../database/database.ts';

// An index of events by person would be written to at as many places as there are people. Instead, each of 64 shares of the people
// has a place that grows at its end, in the order of time (docs/decisions/098-indexes-of-events-grow-at-their-ends.md). A
// statement has to name the share and the number of the person, or it reads a week as a whole.

type Column = 'user_id' | 'identity_id';

/** Returns the condition that a column of `audit_event` is this parameter, such as `$1`, in the terms of the index. */
export function ownedBy(column: Column, parameter: string): string {
  const [own, given] = [column, parameter].map((text) => `hashtextextended(${text}, 0)`);
  return `(${own} & 63) = (${given} & 63) AND ${own} = ${given} AND ${column} = ${parameter}`;
}

/** The same for one of several values. */
export function ownedByOneOf(column: Column, values: readonly string[]): Prisma.Sql {
  const [value, ...more] = values;
  const [text, own] = [Prisma.raw(column), Prisma.raw(`hashtextextended(${column}, 0)`)];
  if (value !== undefined && more.length === 0)
    return Prisma.sql`(${own} & 63) = (hashtextextended(${value}, 0) & 63) AND ${own} = hashtextextended(${value}, 0)
      AND ${text} = ${value}`;
  const hashes = Prisma.join(values.map((one) => Prisma.sql`hashtextextended(${one}, 0)`));
  const shares = Prisma.join(values.map((one) => Prisma.sql`(hashtextextended(${one}, 0) & 63)`));
  return Prisma.sql`(${own} & 63) IN (${shares}) AND ${own} IN (${hashes}) AND ${text} IN (${Prisma.join([...values])})`;
}
