import type pg from 'pg';

/** Reads from the audit log how apps have used a person's accounts. */
export interface UseStore {
  /** Returns the uses since a time, of the latest 2000. Only the account page reads them, by the index of users. */
  of(userId: string, since: Date): Promise<readonly TokenUse[]>;
}

/** The uses of one account by one app for one reason. */
export interface TokenUse {
  readonly appId: string;
  readonly identityId: string;
  /** The person was away. */
  readonly background: boolean;
  /** The reason that the app gave; null: none was needed. */
  readonly reason: string | null;
  readonly count: number;
  readonly lastAt: Date;
}

const most = 2_000;

const query = `SELECT app_id AS "appId", identity_id AS "identityId", background, reason, count(*)::int AS count,
    max(at) AS "lastAt"
  FROM (
    SELECT app_id, identity_id, COALESCE(detail->>'background', '') = 'true' AS background, detail->>'reason' AS reason, at, id
    FROM audit_event
    WHERE user_id = $1 AND at >= $2 AND type IN ('token.retrieved', 'token.proxied')
      AND app_id IS NOT NULL AND identity_id IS NOT NULL
    ORDER BY at DESC LIMIT ${most}) AS latest
  GROUP BY app_id, identity_id, background, reason ORDER BY max(at) DESC, max(id) DESC`;

export function createUseStore(pool: Pick<pg.Pool, 'query'>): UseStore {
  return {
    async of(userId, since) {
      const { rows } = await pool.query<TokenUse>(query, [userId, since]);
      return rows;
    },
  };
}
