import type pg from 'pg';
import type { Counted } from './count-events.ts';

type Session = Pick<pg.ClientBase, 'query'>;

const sumOfBuckets = `coalesce((SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY place)
  FROM unnest(known.buckets, excluded.buckets) WITH ORDINALITY AS pair(a, b, place)), '{}')`;
const record = `json_to_recordset($1) AS counted(at timestamptz, kind text, connection text, app text, outcome text,
  n int, buckets int[])`;

const addToHours = `INSERT INTO usage_hour AS known (hour, kind, connection, outcome, n, buckets)
  SELECT at, kind, connection, outcome, n, buckets FROM ${record}
  ON CONFLICT (kind, hour, connection, outcome) DO UPDATE SET n = known.n + excluded.n, buckets = ${sumOfBuckets}`;
const addToDays = `INSERT INTO usage_day AS known (day, kind, connection, app, outcome, n, buckets)
  SELECT (at AT TIME ZONE 'UTC')::date, kind, connection, app, outcome, n, buckets FROM ${record}
  ON CONFLICT (kind, day, connection, app, outcome)
    DO UPDATE SET n = known.n + excluded.n, buckets = ${sumOfBuckets}`;

/** Adds counted events to their hours and days. Each key may occur once. */
export async function addCounts(
  session: Session,
  { hours, days }: { readonly hours: readonly CountedAt[]; readonly days: readonly CountedAt[] },
): Promise<void> {
  if (hours.length > 0) await session.query(addToHours, [JSON.stringify(hours)]);
  if (days.length > 0) await session.query(addToDays, [JSON.stringify(days)]);
}

/** Counted events of an hour or of a day, by its first moment. */
export interface CountedAt extends Omit<Counted, 'hour'> {
  readonly at: Date;
}

/** Deletes the counts of all hours and days from the day of this moment on, so that they can be counted again. */
export async function dropCountsSince(session: Session, day: Date): Promise<void> {
  await session.query('DELETE FROM usage_hour WHERE hour >= $1', [day]);
  await session.query(`DELETE FROM usage_day WHERE day >= ($1::timestamptz AT TIME ZONE 'UTC')::date`, [day]);
}

/** Deletes the counts of earlier hours and days. */
export async function dropCountsBefore(
  session: Session,
  before: { readonly hours: Date; readonly days: Date },
): Promise<void> {
  await session.query('DELETE FROM usage_hour WHERE hour < $1', [before.hours]);
  await session.query(`DELETE FROM usage_day WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date`, [
    before.days,
  ]);
}
