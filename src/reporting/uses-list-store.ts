import type pg from 'pg';
import { ownedBy } from '../kit/events/share-index-store.ts';

/** The use of a linked identity by an app. */
export interface AppUse {
  readonly identityId: string;
  readonly connectionId: string;
  readonly appId: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Since the first use. */
  readonly times: number;
  /** In the last seven days, of the person's latest 2000 uses. */
  readonly timesThisWeek: number;
  /** The reason that the app gave at the last use; null: none was needed. */
  readonly lastReason: string | null;
  /** The last use was without the person. */
  readonly lastAway: boolean;
  /** The time at which the person saw the notice of the first use. */
  readonly seenAt: Date | null;
}

/** The latest uses of a person that are read one by one. */
const most = 2_000;

// One statement has one snapshot, so that a use is either counted in `app_use` or still to be counted, and never both. The
// person's own identities are asked for, so that a merged or unlinked one is right before the roll-up has followed.
const query = `WITH place AS (SELECT tx::xid8 AS tx, event_id, through FROM usage_cursor WHERE id = 1),
  owned AS (SELECT id, connection_id FROM identity WHERE user_id = $1),
  counted AS (SELECT app_use.*, greatest(last_at, recent_at) AS used_at FROM app_use JOIN owned ON owned.id = app_use.identity_id),
  latest AS (
    SELECT e.identity_id, e.app_id, e.at, e.id, (e.tx, e.id) > (place.tx, place.event_id) AS uncounted,
      e.detail->>'reason' AS reason, coalesce(e.detail->>'background', '') = 'true' AS away
    FROM audit_event e CROSS JOIN place
    WHERE ${ownedBy('user_id', '$1::text')} AND e.at >= least($2::timestamptz, place.through - interval '1 hour')
      AND e.type IN ('token.retrieved', 'token.proxied') AND e.app_id IS NOT NULL
    ORDER BY e.at DESC, e.id DESC LIMIT ${most}),
  fresh AS (
    SELECT identity_id, app_id, count(*) FILTER (WHERE uncounted) AS times, count(*) FILTER (WHERE at >= $2) AS week,
      min(at) FILTER (WHERE uncounted) AS first_at, max(at) FILTER (WHERE uncounted) AS last_at,
      (array_agg(reason ORDER BY at DESC, id DESC) FILTER (WHERE uncounted))[1] AS last_reason,
      (array_agg(away ORDER BY at DESC, id DESC) FILTER (WHERE uncounted))[1] AS last_away
    FROM latest GROUP BY identity_id, app_id)
  SELECT owned.id AS "identityId", owned.connection_id AS "connectionId", app_id AS "appId",
    least(c.first_at, f.first_at) AS "firstAt", greatest(c.used_at, f.last_at) AS "lastAt",
    (coalesce(c.times, 0) + coalesce(f.times, 0))::float8 AS times, coalesce(f.week, 0)::int AS "timesThisWeek",
    CASE WHEN f.last_at >= c.used_at OR c.used_at IS NULL THEN f.last_reason ELSE c.last_reason END AS "lastReason",
    CASE WHEN f.last_at >= c.used_at OR c.used_at IS NULL THEN f.last_away ELSE c.last_away END AS "lastAway",
    c.seen_at AS "seenAt"
  FROM counted c FULL JOIN fresh f USING (identity_id, app_id) JOIN owned ON owned.id = identity_id
  WHERE c.identity_id IS NOT NULL OR f.times > 0
  ORDER BY "lastAt" DESC, "identityId", "appId"`;

/** Returns the uses of a person's linked identities, the latest first. */
export async function readUses(
  session: Pick<pg.ClientBase, 'query'>,
  userId: string,
  week: Date,
): Promise<readonly AppUse[]> {
  return (await session.query<AppUse>(query, [userId, week])).rows;
}
