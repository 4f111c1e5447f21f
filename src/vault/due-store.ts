import type pg from 'pg';
import type { Due, NearEnd } from './entry.ts';

/**
 * The entries that the sweep works on. SQL: each statement compares columns with each other or with the database's
 * clock.
 */
export interface DueEntries {
  /**
   * Returns ids of entries whose journal row is older than so many seconds and that no process has leased, oldest
   * first.
   */
  findUnfinished(seconds: number, limit: number): Promise<readonly string[]>;
  /** Returns ids of entries to refresh ahead, the nearest end first, and last those of a restored backup. */
  findDue(due: Due): Promise<readonly string[]>;
  /** Notes and returns ends that no refresh moves and that are nearer than so many seconds. Returns each end once. */
  announceEnds(connectionId: string, seconds: number, limit: number): Promise<readonly NearEnd[]>;
}

export function createDueStore(pool: pg.Pool): DueEntries {
  return {
    async findUnfinished(seconds, limit) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT e.identity_id AS id FROM refresh_intent i JOIN vault_entry e USING (identity_id)
         WHERE i.started_at < now() - make_interval(secs => $1) AND (e.lease_until IS NULL OR e.lease_until < now())
           AND (e.retry_at IS NULL OR e.retry_at <= now()) ORDER BY i.started_at LIMIT $2`,
        [seconds, limit],
      );
      return rows.map(({ id }) => id);
    },
    async findDue({ connectionId, lead, keepAlive, usedWithin, limit, left }) {
      // A fifth of its life is lead enough for a short-lived token. The hash of the id shortens the lead by up to a
      // half, so that tokens that end together are not refreshed at once.
      // A difference of infinite times is an error, which would stop the sweep of all entries.
      const begun = 'GREATEST(deposited_at, last_refreshed_at)';
      const life = `CASE WHEN isfinite(access_expires_at) AND isfinite(${begun}) THEN access_expires_at - ${begun} END`;
      const spread = '(0.5 + 0.5 * ((hashtext(identity_id) & 1023) / 1023.0))';
      const free = `connection_id = $1 AND state = 'active' AND (lease_until IS NULL OR lease_until < now())
        AND (retry_at IS NULL OR retry_at <= now()) AND (identity_id <> ALL($6::text[]) OR deposited_at > $7)`;
      // Each part reads a range of an index. Tokens that ended within a day are in use as much as those that are about to, and
      // come after these.
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM (
           (SELECT identity_id AS id, CASE WHEN access_expires_at > now() THEN 1 ELSE 2 END AS turn, access_expires_at AS ends
            FROM vault_entry WHERE ${free} AND refreshable AND NOT unverified
              AND access_expires_at BETWEEN now() - interval '1 day' AND now() + make_interval(secs => $2)
              AND (access_expires_at <= now()
                OR access_expires_at < now() + LEAST(make_interval(secs => $2), (${life}) / 5) * ${spread})
              AND last_used_at > now() - make_interval(secs => $3)
            ORDER BY turn, ends LIMIT $5)
           UNION ALL
           (SELECT identity_id, 3, access_expires_at FROM vault_entry WHERE ${free} AND refreshable AND NOT unverified
              AND ${begun} < now() - make_interval(secs => $4) ORDER BY ${begun} LIMIT $5)
           UNION ALL
           (SELECT identity_id, 4, access_expires_at FROM vault_entry WHERE ${free} AND unverified
            ORDER BY identity_id DESC LIMIT $5)) AS due
         GROUP BY id ORDER BY min(turn), min(ends) LIMIT $5`,
        [connectionId, lead, usedWithin, keepAlive ?? null, limit, left.ids, left.changedAt],
      );
      return rows.map(({ id }) => id);
    },
    async announceEnds(connectionId, seconds, limit) {
      // The index has the earliest end by the description of the set; the columns themselves decide.
      const end =
        'LEAST(refresh_expires_at, absolute_cap_at, CASE WHEN refreshable THEN NULL ELSE access_expires_at END)';
      const soon = 'BETWEEN now() AND now() + make_interval(secs => $2)';
      const { rows } = await pool.query<NearEnd>(
        `UPDATE vault_entry SET end_announced_at = now() WHERE identity_id IN (
           SELECT identity_id FROM vault_entry WHERE connection_id = $1 AND state = 'active' AND end_announced_at IS NULL
             AND (NOT refreshable OR refresh_expires_at IS NOT NULL OR absolute_cap_at IS NOT NULL)
             AND ends_at ${soon} AND ${end} ${soon} ORDER BY ends_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING identity_id AS "identityId", ${end} AS "endsAt"`,
        [connectionId, seconds, limit],
      );
      return rows;
    },
  };
}
