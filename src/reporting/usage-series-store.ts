import type pg from 'pg';
import { refreshBuckets } from '../kit/metrics.ts';
import type { UsageKind } from './count-events.ts';

export interface UsageFilter {
  readonly kind: UsageKind;
  readonly group: 'connection' | 'app' | 'outcome';
  /** Aliases. */
  readonly connections?: readonly string[] | undefined;
  readonly apps?: readonly string[] | undefined;
  readonly outcomes?: readonly string[] | undefined;
  readonly since: Date;
  readonly until: Date;
}

/** A sum of one hour or day and one group. */
export interface UsageRow {
  /** The first moment of the hour or day. */
  readonly at: Date;
  readonly name: string;
  readonly n: number;
  /** The number of durations below each bound and above the last. */
  readonly buckets: readonly number[];
}

type Session = Pick<pg.ClientBase, 'query'>;

const sumOfBuckets = `ARRAY[${Array.from(
  { length: refreshBuckets.length + 1 },
  (_, index) => `coalesce(sum(buckets[${index + 1}]), 0)::float8`,
).join(', ')}]`;
/** The sums of buckets take most of the time, and most kinds have none. */
const sumsOf = (kind: UsageKind) =>
  `sum(n)::float8 AS n, ${kind === 'login' || kind === 'refresh' ? sumOfBuckets : "'{}'::float8[]"} AS buckets`;
const filtered = `($4::text[] IS NULL OR connection = ANY($4)) AND ($5::text[] IS NULL OR outcome = ANY($5))`;

/** Returns the sums of hours, which know no app. */
export async function readHours(
  session: Session,
  { kind, group, connections, outcomes, since, until }: UsageFilter,
): Promise<readonly UsageRow[]> {
  const text = `SELECT hour AS at, ${group} AS name, ${sumsOf(kind)} FROM usage_hour
    WHERE kind = $1 AND hour >= $2 AND hour < $3 AND ${filtered} GROUP BY hour, ${group}`;
  const values = [kind, since, until, connections ?? null, outcomes ?? null];
  return (await session.query<UsageRow>(text, values)).rows;
}

/** Returns the sums of days (UTC). */
export async function readDays(
  session: Session,
  { kind, group, connections, apps, outcomes, since, until }: UsageFilter,
): Promise<readonly UsageRow[]> {
  const text = `SELECT day::timestamp AT TIME ZONE 'UTC' AS at, ${group} AS name, ${sumsOf(kind)} FROM usage_day
    WHERE kind = $1 AND day >= ($2::timestamptz AT TIME ZONE 'UTC')::date
      AND day < ($3::timestamptz AT TIME ZONE 'UTC')::date AND ${filtered} AND ($6::text[] IS NULL OR app = ANY($6))
    GROUP BY day, ${group}`;
  const values = [kind, since, until, connections ?? null, outcomes ?? null, apps ?? null];
  return (await session.query<UsageRow>(text, values)).rows;
}
