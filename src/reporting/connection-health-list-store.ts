import type pg from 'pg';

type Session = Pick<pg.ClientBase, 'query'>;

/** Counts the accounts that are linked with each connection, `most` at most. The index by connection has them. */
export async function countAccounts(
  session: Session,
  connectionIds: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, number>> {
  const text = `SELECT asked.id, (SELECT count(*)::int FROM (
      SELECT FROM identity WHERE connection_id = asked.id LIMIT $2) AS counted) AS n
    FROM unnest($1::text[]) AS asked (id)`;
  const { rows } = await session.query<{ id: string; n: number }>(text, [connectionIds, most]);
  return new Map(rows.map(({ id, n }) => [id, n]));
}

export interface RefreshCount {
  readonly tries: number;
  readonly failures: number;
}

/** Counts the refreshes of each connection since a full hour. */
export async function countRefreshes(
  session: Session,
  since: Date,
): Promise<ReadonlyMap<string, RefreshCount>> {
  const text = `SELECT connection AS alias, sum(n)::float8 AS tries,
      coalesce(sum(n) FILTER (WHERE outcome <> 'ok'), 0)::float8 AS failures
    FROM usage_hour WHERE kind = 'refresh' AND hour >= $1 GROUP BY connection`;
  const { rows } = await session.query<RefreshCount & { alias: string }>(text, [since]);
  return new Map(rows.map(({ alias, tries, failures }) => [alias, { tries, failures }]));
}

export interface CountedState {
  readonly at: Date;
  readonly connectionId: string;
  readonly state: string;
  readonly n: number;
  /** The census of a full hour has all grants, the newest one those in trouble. */
  readonly isFull: boolean;
  readonly isNewest: boolean;
}

/** Returns the newest census of all grants, and the newest one of those in trouble, which may be the same. */
export async function readNewestCensus(session: Session, since: Date): Promise<readonly CountedState[]> {
  const newest = (condition: string) =>
    `(SELECT max(at) FROM grant_census WHERE connection_id = '' AND state = 'taken' AND at >= $1 ${condition})`;
  const text = `WITH taken AS (SELECT ${newest('')} AS newest, ${newest("AND at = date_trunc('hour', at, 'UTC')")} AS whole)
    SELECT at, connection_id AS "connectionId", state, sum(n)::float8 AS n,
      at = whole AS "isFull", at = newest AS "isNewest"
    FROM taken JOIN grant_census ON at IN (newest, whole) GROUP BY 1, 2, 3, 5, 6`;
  return (await session.query<CountedState>(text, [since])).rows;
}
