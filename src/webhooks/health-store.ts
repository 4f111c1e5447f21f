import type pg from 'pg';

/** The health of an endpoint, from the results of its attempts. */
export interface HealthStore {
  /**
   * Resets the failures and ends the pause. After a long failure, lanes (ordered queues of the endpoint) that wait for a
   * retry become due at once.
   */
  noteSuccess(endpointId: string, now: Date): Promise<void>;
  /** Returns the number of failures in a row. */
  noteFailure(endpointId: string, now: Date): Promise<number>;
  /** Pauses the endpoint until `until`, or longer if it is paused longer already. */
  pause(endpointId: string, until: Date): Promise<void>;
  /** Returns false if it is already disabled, or gone. */
  disable(endpointId: string): Promise<boolean>;
}

/** A shorter failure may concern a single event that the receiver cannot process. */
const longFailure = '5 minutes';

export function createHealthStore(pool: pg.Pool): HealthStore {
  return {
    async noteSuccess(endpointId, now) {
      // `before` is the state of the endpoint before: it decides whether its lanes become due. The lanes are locked in the
      // same order as by new deliveries.
      await pool.query(
        `WITH before AS (SELECT id, failing_since FROM webhook_endpoint
             WHERE id = $1 AND failures > 0 FOR NO KEY UPDATE),
           healed AS (UPDATE webhook_endpoint e SET failures = 0, failing_since = NULL, paused_until = NULL
             FROM before WHERE e.id = before.id),
           asleep AS (SELECT l.endpoint_id, l.name FROM webhook_lane l JOIN before ON l.endpoint_id = before.id
             WHERE before.failing_since < $2::timestamptz - interval '${longFailure}'
               AND l.next_try_at > $2 AND l.lease IS NULL
             ORDER BY l.endpoint_id, l.name FOR UPDATE OF l)
         UPDATE webhook_lane l SET next_try_at = $2 FROM asleep
         WHERE l.endpoint_id = asleep.endpoint_id AND l.name = asleep.name`,
        [endpointId, now],
      );
    },
    async noteFailure(endpointId, now) {
      const { rows } = await pool.query<{ failures: number }>(
        `UPDATE webhook_endpoint SET failures = failures + 1, failing_since = coalesce(failing_since, $2)
         WHERE id = $1 RETURNING failures`,
        [endpointId, now],
      );
      return rows[0]?.failures ?? 0;
    },
    async pause(endpointId, until) {
      await pool.query(
        'UPDATE webhook_endpoint SET paused_until = greatest(paused_until, $2) WHERE id = $1',
        [endpointId, until],
      );
    },
    async disable(endpointId) {
      const text =
        'UPDATE webhook_endpoint SET enabled = false, version = version + 1 WHERE id = $1 AND enabled';
      return ((await pool.query(text, [endpointId])).rowCount ?? 0) > 0;
    },
  };
}
