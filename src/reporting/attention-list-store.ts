import type pg from 'pg';

// One statement for each kind of trouble. Each reads an index, and a bounded number of rows.

/** Something that needs an admin. */
export interface Trouble {
  /** Alias; empty: none. */
  readonly connection: string;
  /** The reason, the endpoint, or empty. */
  readonly about: string;
  readonly since: Date;
  readonly n: number;
  /** The number of which `n` is a part; null: it has no meaning. */
  readonly of: number | null;
}

type Session = Pick<pg.ClientBase, 'query'>;
type Read = (session: Session, now: Date) => Promise<readonly Trouble[]>;

const reads =
  (text: string): Read =>
  async (session, now) =>
    (await session.query<Trouble>(text, text.includes('$1') ? [now] : [])).rows;

const inLastDay = `at > $1::timestamptz - interval '24 hours'`;
const times = `coalesce((detail->>'times')::float8, 1)`;

/** Connections whose client the provider refuses, unless they were changed or have worked since. */
export const misconfigured =
  reads(`SELECT connection, '' AS about, min(at) AS since, sum(${times})::float8 AS n, NULL AS of
  FROM (SELECT connection, at, detail FROM audit_event WHERE type = 'connection.misconfigured' AND ${inLastDay}
    ORDER BY at DESC LIMIT 5000) AS refused
  WHERE connection IS NOT NULL AND NOT EXISTS (SELECT FROM audit_event later WHERE later.at > refused.at
    AND later.at > $1::timestamptz - interval '24 hours' AND later.connection = refused.connection
    AND later.type IN ('connection.changed', 'connection.removed', 'token.refreshed'))
  GROUP BY connection`);

/** Connections at which over 5 % of the refreshes of the last 15 minutes have failed, of 20 at least. */
export const refreshFailures = reads(`SELECT connection, '' AS about, min(at) FILTER (WHERE failed) AS since,
    count(*) FILTER (WHERE failed)::float8 AS n, count(*)::float8 AS of
  FROM (SELECT connection, at, type = 'token.refresh_failed' AS failed FROM audit_event
    WHERE type IN ('token.refreshed', 'token.refresh_failed') AND at > $1::timestamptz - interval '15 minutes'
    ORDER BY at DESC LIMIT 20000) AS tries
  WHERE connection IS NOT NULL GROUP BY connection
  HAVING count(*) >= 20 AND count(*) FILTER (WHERE failed) > 0.05 * count(*)`);

const endedLastDay = `kind = 'ended' AND hour > $1::timestamptz - interval '25 hours'`;

/** Grants that were lost, because a rotated token was not saved or an old one was used again. */
export const lostGrants =
  reads(`SELECT connection, outcome AS about, min(hour) AS since, sum(n)::float8 AS n, NULL AS of
  FROM usage_hour WHERE ${endedLastDay} AND outcome IN ('rotation_lost', 'reuse_detected') GROUP BY connection, outcome`);

/** Connections of which more than 1 % of the grants have newly died for one reason, and five at least. */
export const endedGrants = reads(`WITH latest AS (SELECT max(at) AS at FROM grant_census
    WHERE at = date_trunc('hour', at, 'UTC') AND at > $1::timestamptz - interval '3 hours'),
  held AS (SELECT c.alias, sum(g.n)::float8 AS n FROM grant_census g JOIN latest ON g.at = latest.at
    JOIN connection c ON c.id = g.connection_id GROUP BY c.alias)
  SELECT connection, outcome AS about, min(hour) AS since, sum(u.n)::float8 AS n, held.n AS of
  FROM usage_hour u JOIN held ON held.alias = u.connection
  WHERE ${endedLastDay} AND outcome NOT IN ('rotation_lost', 'reuse_detected', 'requested_by_operator')
  GROUP BY connection, outcome, held.n HAVING sum(u.n) >= 5 AND sum(u.n) > 0.01 * held.n`);

/** Upstream revocations of the last seven days that no provider has confirmed. */
export const gaveUp = reads(`SELECT connection, '' AS about, min(coalesce(finished_at, created_at)) AS since,
    count(*)::float8 AS n, NULL AS of
  FROM departure WHERE state = 'gave_up' AND created_at > $1::timestamptz - interval '7 days' GROUP BY connection`);

/** Webhook endpoints that get nothing now, although they are enabled, or that were disabled for their failures. */
export const pausedWebhooks =
  reads(`SELECT '' AS connection, id AS about, coalesce(failing_since, $1) AS since,
    failures::float8 AS n, NULL AS of
  FROM webhook_endpoint WHERE (enabled AND paused_until > $1) OR (NOT enabled AND failing_since IS NOT NULL)`);

/** The database has lost its last changes, and `symbolon restored` has not run since. */
export const restoredInDoubt =
  reads(`SELECT '' AS connection, '' AS about, min(at) AS since, count(*)::float8 AS n, NULL AS of
  FROM audit_event WHERE type = 'database.rewound' AND at > $1::timestamptz - interval '30 days'
    AND at > coalesce((SELECT max(at) FROM audit_event WHERE type = 'database.restored'), '-infinity')
  HAVING count(*) > 0`);

/** An event waits for the roll-up longer than five minutes, so counts and webhooks of first uses are late. */
export const feedLag = reads(`SELECT '' AS connection, '' AS about, waiting AS since,
    floor(extract(epoch FROM now() - waiting) / 60)::float8 AS n, NULL AS of
  FROM (SELECT (SELECT min(at) FROM audit_event WHERE at > through) AS waiting FROM usage_cursor WHERE id = 1) AS feed
  WHERE waiting < now() - interval '5 minutes'`);

/** The setting ADMIN_API_TOKEN was used in the last day. */
export const bootstrapUsed = reads(`SELECT '' AS connection, '' AS about, at AS since, 1 AS n, NULL AS of
  FROM admin_bootstrap_use WHERE ${inLastDay}`);

/** Signing keys that are older than 95 days: the job that rotates them has not run. */
export const oldSigningKey =
  reads(`SELECT '' AS connection, id AS about, created_at AS since, 1 AS n, NULL AS of
  FROM signing_key WHERE state = 'signing' AND created_at < $1::timestamptz - interval '95 days'`);
