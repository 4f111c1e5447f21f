import type pg from 'pg';
import { after, days, hours, minutes } from '../kit/clock.ts';
import type { UsageKind } from './count-events.ts';
import { findCursor } from './cursor-store.ts';
import { addedBuckets, percentile } from './percentile.ts';
import { readDays, readHours, type UsageFilter, type UsageRow } from './usage-series-store.ts';

export interface UsageQuery extends UsageFilter {
  readonly by: 'hour' | 'day';
  /** Minutes east of UTC, in whole hours: days begin at midnight there. They are then sums of hours, and know no app. */
  readonly offset: number;
}

/** Counts over time, with a point for each hour or day. */
export interface UsageSeries {
  readonly kind: UsageKind;
  /** The time up to which all events are counted. */
  readonly through: Date;
  readonly since: Date;
  readonly until: Date;
  readonly series: readonly UsageGroup[];
}

export interface UsageGroup {
  /** Alias, client id or outcome; empty: none. Null: all others together. */
  readonly name: string | null;
  readonly total: number;
  readonly points: readonly UsagePoint[];
}

export interface UsagePoint {
  readonly at: Date;
  /** Null: not counted yet. */
  readonly n: number | null;
  /** Milliseconds; null: no duration is known. */
  readonly p50: number | null;
  readonly p95: number | null;
}

/** The groups with the largest totals have a series of their own. */
const mostGroups = 50;

/** Returns the counts of a period. Its ends are moved outwards to whole hours or days. */
export async function readUsage(
  session: Pick<pg.ClientBase, 'query'>,
  { by, offset, ...filter }: UsageQuery,
): Promise<UsageSeries> {
  const length = by === 'hour' ? hours(1) : days(1);
  const shift = by === 'hour' ? 0 : minutes(offset);
  const floor = (moment: Date) => new Date(Math.floor((moment.getTime() + shift) / length) * length - shift);
  const since = floor(filter.since);
  const until = floor(after(filter.until, length - 1));
  const inHours = by === 'hour' || offset !== 0;
  const [cursor, read] = await Promise.all([
    findCursor(session),
    (inHours ? readHours : readDays)(session, { ...filter, since, until }),
  ]);
  const rows = read.map((row) => ({ ...row, at: floor(row.at) }));
  const through = cursor?.through ?? new Date(0);
  const times: Date[] = [];
  for (let at = since; at < until; at = after(at, length)) times.push(at);
  const series = grouped(rows).map(({ name, total, own }) => {
    const byTime = Map.groupBy(own, ({ at }) => at.getTime());
    const point = (at: Date) => (at >= through ? { at, ...unknown } : pointOf(at, byTime.get(at.getTime())));
    return { name, total, points: times.map(point) };
  });
  return { kind: filter.kind, through, since, until, series };
}

const unknown = { n: null, p50: null, p95: null };

/** Returns the rows of each group, the largest first, with all beyond a bound as one group. */
function grouped(rows: readonly UsageRow[]) {
  const groups = [...Map.groupBy(rows, ({ name }) => name)].map(([name, own]) => ({
    name,
    own,
    total: own.reduce((sum, { n }) => sum + n, 0),
  }));
  groups.sort((one, other) => other.total - one.total || (one.name < other.name ? -1 : 1));
  const rest = groups.slice(mostGroups);
  if (rest.length === 0) return groups;
  const total = rest.reduce((sum, group) => sum + group.total, 0);
  return [...groups.slice(0, mostGroups), { name: null, own: rest.flatMap(({ own }) => own), total }];
}

function pointOf(at: Date, rows: readonly UsageRow[] = []): UsagePoint {
  const n = rows.reduce((sum, row) => sum + row.n, 0);
  const buckets = rows.map((row) => row.buckets).reduce(addedBuckets, []);
  return { at, n, p50: percentile(buckets, 0.5), p95: percentile(buckets, 0.95) };
}
