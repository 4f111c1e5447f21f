import type pg from 'pg';
import type { GrantCount } from './census-list-store.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** The row that says that a census was taken. It belongs to no connection, so that a census of nothing leaves one too. */
const taken: GrantCount = { connectionId: '', state: 'taken', reason: '', n: 0 };

/** Writes a census, unless another process has written that of the same time. */
export async function addCensus(session: Session, at: Date, counts: readonly GrantCount[]): Promise<void> {
  await session.query(
    `INSERT INTO grant_census (at, connection_id, state, reason, n)
     SELECT $1, "connectionId", state, reason, n
     FROM json_to_recordset($2) AS counted("connectionId" text, state text, reason text, n int)
     ON CONFLICT DO NOTHING`,
    [at, JSON.stringify([taken, ...counts])],
  );
}

export async function hasCensus(session: Session, at: Date): Promise<boolean> {
  const text = `SELECT 1 FROM grant_census WHERE at = $1 AND connection_id = '' AND state = 'taken'`;
  return (await session.query(text, [at])).rows.length > 0;
}

export interface CensusRow extends GrantCount {
  readonly at: Date;
}

export interface CensusQuestion {
  readonly since: Date;
  readonly until: Date;
  /** The ids of the connections that count. */
  readonly connections: readonly string[];
  /** True for a row for each connection. Else they are counted together, under the empty id. */
  readonly each: boolean;
}

/**
 * Returns the censuses of a period with the rows that say that they were taken. `at`: those of these times alone, and the
 * last one of a full hour.
 */
export async function readCensus(
  session: Session,
  { since, until, connections, each, at }: CensusQuestion & { readonly at?: readonly Date[] | undefined },
): Promise<readonly CensusRow[]> {
  const last = `(SELECT max(at) FROM grant_census WHERE at >= $1 AND at < $2 AND connection_id = '' AND state = 'taken'
    AND ${fullHour})`;
  const text = `SELECT at, ${each ? 'connection_id' : "''::text"} AS "connectionId", state, reason, sum(n)::float8 AS n
    FROM grant_census WHERE at >= $1 AND at < $2 AND connection_id = ANY ($3)
    ${at ? `AND at = ANY ($4::timestamptz[] || ${last})` : ''} GROUP BY 1, 2, 3, 4 ORDER BY 1`;
  const values = [since, until, [taken.connectionId, ...connections], ...(at ? [at] : [])];
  return (await session.query<CensusRow>(text, values)).rows;
}

/** Returns whether the row says that a census was taken. */
export function saysTaken({ state }: GrantCount): boolean {
  return state === taken.state;
}

const fullHour = "at = date_trunc('hour', at, 'UTC')";

/**
 * Deletes what is older: `all` of the censuses, and those between the full hours. These of the last days alone: others that an
 * outage has left are in no chart, and go with all.
 */
export async function dropCensusBefore(
  session: Session,
  before: { readonly all: Date; readonly between: Date },
): Promise<void> {
  await session.query('DELETE FROM grant_census WHERE at < $1', [before.all]);
  await session.query(
    `DELETE FROM grant_census WHERE at < $1 AND at >= $1::timestamptz - interval '2 days' AND NOT ${fullHour}`,
    [before.between],
  );
}
