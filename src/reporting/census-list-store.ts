import type pg from 'pg';
import type { ConnectionFacts } from '../vault/standing.ts';
import { endNoticeDays, standing } from '../vault/standing.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** The number of grants of a connection in one state. */
export interface GrantCount {
  readonly connectionId: string;
  readonly state: string;
  /** Empty: none. */
  readonly reason: string;
  readonly n: number;
}

interface Asked {
  readonly facts: Readonly<Record<string, ConnectionFacts>>;
  readonly now: Date;
}

// An index has the rows of each part. No row is in two parts.
const unsure = '(failures > 0 OR unverified)';
const ranOut = 'NOT refreshable AND access_expires_at IS NOT NULL AND access_expires_at <= $2';
const endsSoon = `ends_at IS NOT NULL AND ends_at < $2::timestamptz + interval '${endNoticeDays} days'`;
const parts = [
  `state <> 'active'`,
  `state = 'active' AND ${unsure}`,
  `state = 'active' AND ${ranOut} AND NOT ${unsure}`,
  `state = 'active' AND refreshable AND ${endsSoon} AND NOT ${unsure}`,
  `state = 'active' AND NOT refreshable AND ${endsSoon} AND NOT ${unsure} AND NOT (${ranOut})`,
];

const { state, reason } = standing({ entry: 'e', facts: '$1::jsonb', now: '$2::timestamptz' });
const stands = `e.connection_id AS "connectionId", ${state} AS state, coalesce(${reason}, '') AS reason`;

/**
 * Counts the grants in trouble, which indexes find. A grant of another origin or client of a changed connection is found
 * by the count of all grants alone.
 */
export async function countTrouble(session: Session, { facts, now }: Asked): Promise<readonly GrantCount[]> {
  const each = parts.map((part) => `SELECT ${stands} FROM vault_entry e WHERE ${part}`);
  const text = `SELECT "connectionId", state, reason, count(*)::float8 AS n FROM (${each.join(' UNION ALL ')}) AS trouble
    WHERE state NOT IN ('active', 'refreshing') GROUP BY 1, 2, 3`;
  return (await session.query<GrantCount>(text, [JSON.stringify(facts), now])).rows;
}

/** Counts a part of all grants: the next ones in the order of their ids. `last` is null after the last part. */
export async function countPart(
  session: Session,
  { facts, now, after, size }: Asked & { readonly after: string; readonly size: number },
): Promise<{ readonly counts: readonly GrantCount[]; readonly last: string | null }> {
  const text = `WITH part AS MATERIALIZED (SELECT * FROM vault_entry WHERE identity_id > $3 ORDER BY identity_id LIMIT $4)
    SELECT ${stands}, count(*)::float8 AS n, (SELECT max(identity_id) FROM part) AS last FROM part e GROUP BY 1, 2, 3`;
  const values = [JSON.stringify(facts), now, after, size];
  const { rows } = await session.query<GrantCount & { last: string }>(text, values);
  const seen = rows.reduce((sum, { n }) => sum + n, 0);
  return { counts: rows, last: seen < size ? null : (rows[0]?.last ?? null) };
}

/** The grants that end on one day. */
export interface EndingDay {
  readonly from: Date;
  readonly until: Date;
  /** The number of them; `most`: there may be more. */
  readonly n: number;
}

/** Counts the grants that end on each of some days, `most` at most on a day. */
export async function countEnding(
  session: Session,
  days: readonly { readonly from: Date; readonly until: Date }[],
  most: number,
): Promise<readonly EndingDay[]> {
  const of = (refreshable: string) =>
    `(SELECT FROM vault_entry WHERE state = 'active' AND ${refreshable} AND ends_at IS NOT NULL
      AND ends_at >= day.from_at AND ends_at < day.until_at LIMIT $3)`;
  const text = `SELECT from_at AS "from", until_at AS "until", (SELECT count(*)::int FROM (
      SELECT FROM (${of('refreshable')} UNION ALL ${of('NOT refreshable')}) AS both_kinds LIMIT $3) AS counted) AS n
    FROM unnest($1::timestamptz[], $2::timestamptz[]) AS day (from_at, until_at) ORDER BY from_at`;
  const values = [days.map(({ from }) => from), days.map(({ until }) => until), most];
  return (await session.query<EndingDay>(text, values)).rows;
}
