import type pg from 'pg';
import { minutes } from '../clock.ts';
import { timeOf } from '../ids.ts';

// Before every session was in UTC, Prisma wrote the UTC time into sessions of another time zone, which took it for
// local time: in New York, 12:00 UTC was stored as 16:00 or 17:00 UTC. Raw SQL wrote correct times into the same
// tables. Two kinds of evidence tell them apart. A row without evidence is left unchanged.

/** The columns of one table that Prisma wrote. */
export interface ShiftedTable {
  readonly table: string;
  /** A TypeID contains the creation time of its row, when this column was written. */
  readonly born?: { readonly id: string; readonly column: string };
  /** SQL for the same time, to the second, from another part of the row. */
  readonly stated?: { readonly column: string; readonly as: string };
  /** Columns that always hold a past time; with `born`, corrected only in shifted rows. */
  readonly past?: readonly string[];
  /** SQL for further changes in a row found by `born`; `was` and `became` are its creation times. */
  readonly also?: readonly string[];
  /** SQL for the rows that Prisma wrote. */
  readonly where?: string;
}

export interface Found {
  readonly table: string;
  readonly rows: number;
  readonly shifted: number;
  /** Rows without evidence, which are left unchanged. */
  readonly unknown: number;
}

export interface Shift {
  readonly zone: string;
  /** The time since which sessions are in UTC. */
  readonly since: Date;
}

export interface ShiftedTimesStore {
  /** Returns undefined before the migration that records it. */
  recorded(): Promise<(Shift & { readonly mended: Readonly<Record<string, unknown>> }) | undefined>;
  /** Returns whether the zone ever differs from UTC; undefined if PostgreSQL does not know it. */
  differs(zone: string): Promise<boolean | undefined>;
  /** Counts the rows. With `mend`, also corrects them in batches and records the table as done. */
  pass(table: ShiftedTable, shift: Shift, mend: boolean): Promise<Found>;
}

const batch = 5_000;
/** The largest difference between an id's time and the database's clock. */
const tolerance = minutes(10);

export function createShiftedTimesStore(pool: pg.Pool): ShiftedTimesStore {
  return {
    async recorded() {
      const { rows } = await pool.query('SELECT zone, since, mended FROM stored_time');
      return rows[0];
    },
    async differs(zone) {
      const offsets = `SELECT bool_or((t AT TIME ZONE $1) <> (t AT TIME ZONE 'UTC')) AS differs
        FROM generate_series(now() - interval '5 years', now(), interval '90 days') AS t`;
      try {
        return (await pool.query<{ differs: boolean }>(offsets, [zone])).rows[0]?.differs;
      } catch {
        return undefined;
      }
    },
    async pass(table, shift, mend) {
      const found = table.born
        ? await byCreationTime(pool, table, table.born, shift, mend)
        : await inOneStatement(pool, table, shift, mend);
      if (mend) await note(pool, found, shift);
      return found;
    },
  };
}

// In the SQL below, $1 is `zone` and $2 is `since`; in a page of rows, $2 is the last id of the page before.

/** SQL for the correct time: the stored one, in the zone, read as UTC. */
const meant = (column: string) => `((${column} AT TIME ZONE $1) AT TIME ZONE 'UTC')`;

/**
 * SQL that finds shifted times by their value. Earlier versions wrote nothing after `since`. West of UTC, their times may
 * lie later by the offset, among correct ones. There only a time in the future is certainly shifted.
 */
const wasShifted = (column: string) => `(${column} < $2 OR ${column} > now() + interval '1 minute')`;
/** SQL that finds the times whose value does not tell: they are right, or lie later by the zone's offset. */
const isUnknown = (column: string) =>
  `(${column} >= $2 AND ${column} <= now() + interval '1 minute' AND ${meant(column)} < $2)`;

/** SQL for the seconds between two times. */
const apart = (one: string, other: string) => `abs(extract(epoch FROM ${one} - ${other}))`;

interface BirthRow {
  readonly id: string;
  readonly was: Date;
  readonly meant: Date;
}

/** Counts, and with `mend` corrects, a table page by page, judged by the creation times in its ids. */
async function byCreationTime(
  pool: pg.Pool,
  { table, past = [], also = [], where = 'true' }: ShiftedTable,
  { id, column }: NonNullable<ShiftedTable['born']>,
  { zone, since }: Shift,
  mend: boolean,
): Promise<Found> {
  const page = `SELECT ${id} AS id, ${column} AS was, ${meant(column)} AS meant FROM "${table}"
    WHERE ${id} > $2 AND ${where} ORDER BY ${id} LIMIT ${batch}`;
  const companions = past.map(
    (name) =>
      `"${name}" = CASE WHEN ${wasShifted(`t."${name}"`)} THEN ${meant(`t."${name}"`)} ELSE t."${name}" END`,
  );
  const change = `UPDATE "${table}" t SET ${[`"${column}" = became`, ...companions, ...also].join(', ')}
    FROM unnest($3::text[], $4::timestamptz[], $5::timestamptz[]) AS v(id, was, became)
    WHERE t.${id} = v.id AND t."${column}" = v.was AND $1::text <> '' AND $2::timestamptz IS NOT NULL`;
  const found = { table, rows: 0, shifted: 0, unknown: 0 };
  for (let after = ''; ; ) {
    const { rows } = await pool.query<BirthRow>(page, [zone, after]);
    const changes = rows.flatMap((row) => {
      const became = correctTime(row);
      if (became === 'unknown') found.unknown += 1;
      return became instanceof Date ? { ...row, became } : [];
    });
    found.rows += rows.length;
    found.shifted += changes.length;
    if (mend && changes.length > 0) {
      const columns = [
        changes.map((row) => row.id),
        changes.map(({ was }) => was),
        changes.map(({ became }) => became),
      ];
      await pool.query(change, [zone, since, ...columns]);
    }
    if (rows.length < batch) return found;
    after = rows.at(-1)?.id ?? '';
  }
}

/** Returns the correct time if the id shows that the stored one is wrong; `unknown`: the id agrees with neither. */
function correctTime({ id, was, meant }: BirthRow): Date | 'right' | 'unknown' {
  const made = timeOf(id);
  if (made === undefined) return 'unknown';
  const off = (moment: Date) => Math.abs(moment.getTime() - made.getTime());
  if (off(was) < tolerance) return 'right';
  // A local time that daylight saving skips in spring was stored an hour later.
  const hourEarlier = new Date(meant.getTime() - minutes(60));
  return [meant, hourEarlier].find((moment) => off(moment) < tolerance) ?? 'unknown';
}

/** Corrects a table and records that in one statement, since a second correction would shift again. */
async function inOneStatement(
  pool: pg.Pool,
  { table, stated, past = [], where = 'true' }: ShiftedTable,
  { zone, since }: Shift,
  mend: boolean,
): Promise<Found> {
  // Shifted: over ten minutes from the stated time, and about an hour at most once corrected. Daylight saving can leave
  // that hour, as in `correctTime`.
  const wrong = [
    ...past.map((name) => wasShifted(`"${name}"`)),
    ...(stated
      ? [
          `(${apart(`"${stated.column}"`, stated.as)} > 600 AND ${apart(meant(`"${stated.column}"`), stated.as)} < 3700)`,
        ]
      : []),
  ];
  const unknown = past.map((name) => isUnknown(`"${name}"`));
  const values = [zone, since];
  // PostgreSQL refuses a parameter that no expression uses, since it cannot tell its type.
  const used = `AND $1::text <> '' AND $2::timestamptz IS NOT NULL`;
  const { rows } = await pool.query<{ rows: number; shifted: number; unknown: number }>(
    `SELECT count(*)::int AS rows, (count(*) FILTER (WHERE ${wrong.join(' OR ')}))::int AS shifted,
       (count(*) FILTER (WHERE ${unknown.join(' OR ') || 'false'}))::int AS unknown
     FROM "${table}" WHERE ${where} ${used}`,
    values,
  );
  const changes = [
    ...past.map(
      (name) =>
        `"${name}" = CASE WHEN ${wasShifted(`"${name}"`)} THEN ${meant(`"${name}"`)} ELSE "${name}" END`,
    ),
    ...(stated ? [`"${stated.column}" = ${stated.as}`] : []),
  ];
  if (mend)
    await pool.query(
      `WITH unmended AS (SELECT 1 FROM stored_time WHERE NOT mended ? '${table}' FOR UPDATE),
         changed AS (UPDATE "${table}" SET ${changes.join(', ')}
           WHERE (${wrong.join(' OR ')}) AND ${where} AND EXISTS (SELECT 1 FROM unmended) ${used} RETURNING 1)
       UPDATE stored_time SET mended = mended || jsonb_build_object('${table}',
         jsonb_build_object('at', now(), 'zone', $1::text, 'rows', (SELECT count(*) FROM changed)))
       WHERE NOT mended ? '${table}'`,
      values,
    );
  return { table, rows: 0, shifted: 0, unknown: 0, ...rows[0] };
}

async function note(pool: pg.Pool, { table, shifted }: Found, { zone }: Shift): Promise<void> {
  await pool.query(
    `UPDATE stored_time SET mended = jsonb_build_object($1::text,
       jsonb_build_object('at', now(), 'zone', $2::text, 'rows', $3::int)) || mended`,
    [table, zone, shifted],
  );
}
