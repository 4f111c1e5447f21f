import type pg from 'pg';

/** Lists and deletes the deliveries of an endpoint. */
export interface DeliveryStore {
  /** Returns deliveries, newest first. */
  list(endpointId: string, page: DeliveryPage): Promise<readonly DeliveryRow[]>;
  /** Deletes deliveries that were settled before these times. */
  dropSettled(before: { readonly delivered: Date; readonly failed: Date }): Promise<void>;
  /** Gives up pending deliveries that were created before this time. */
  expire(createdBefore: Date, now: Date): Promise<void>;
  /** Deletes lanes (the queues that keep the order of deliveries) without pending deliveries. */
  dropEmptyLanes(): Promise<void>;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed';

export interface DeliveryPage {
  readonly limit: number;
  readonly before: string | undefined;
  readonly state: DeliveryState | undefined;
}

export interface DeliveryRow {
  /** The number of the delivery, in the order of creation. */
  readonly seq: string;
  readonly eventId: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
  readonly nextTryAt: Date | null;
}

export function createDeliveryStore(pool: pg.Pool): DeliveryStore {
  return {
    async list(endpointId, { limit, before, state }) {
      const { rows } = await pool.query<DeliveryRow>(
        `SELECT d.seq::text, d.event_id AS "eventId", d.type, d.state, d.attempts, d.last_status AS "lastStatus",
           d.last_error AS "lastError", d.created_at AS "createdAt", d.settled_at AS "settledAt",
           CASE WHEN d.state = 'pending' THEN l.next_try_at END AS "nextTryAt"
         FROM webhook_delivery d LEFT JOIN webhook_lane l ON l.endpoint_id = d.endpoint_id AND l.name = d.lane
         WHERE d.endpoint_id = $1 AND ($2::bigint IS NULL OR d.seq < $2) AND ($3::text IS NULL OR d.state = $3)
         ORDER BY d.seq DESC LIMIT $4`,
        [endpointId, before ?? null, state ?? null, limit],
      );
      return rows;
    },
    async dropSettled({ delivered, failed }) {
      const text = 'DELETE FROM webhook_delivery WHERE state = $1 AND settled_at < $2';
      await pool.query(text, ['delivered', delivered]);
      await pool.query(text, ['failed', failed]);
    },
    async expire(createdBefore, now) {
      // The statement locks the lane first, as settling does, since the lane's row holds the count. It locks those alone whose
      // oldest delivery is due.
      await pool.query(
        `WITH idle AS (SELECT endpoint_id, name FROM webhook_lane l
             WHERE pending > 0 AND (lease_until IS NULL OR lease_until < now())
               AND (SELECT created_at FROM webhook_delivery d WHERE d.endpoint_id = l.endpoint_id AND d.lane = l.name
                 AND d.state = 'pending' ORDER BY seq LIMIT 1) < $1
             FOR UPDATE SKIP LOCKED),
           gone AS (UPDATE webhook_delivery d SET state = 'failed', last_error = 'expired', settled_at = $2 FROM idle
             WHERE d.endpoint_id = idle.endpoint_id AND d.lane = idle.name AND d.state = 'pending'
               AND d.created_at < $1 RETURNING d.endpoint_id, d.lane),
           counted AS (SELECT endpoint_id, lane, count(*)::int AS gone FROM gone GROUP BY endpoint_id, lane)
         UPDATE webhook_lane l SET pending = l.pending - c.gone,
           next_try_at = CASE WHEN l.pending = c.gone THEN NULL ELSE l.next_try_at END
         FROM counted c WHERE l.endpoint_id = c.endpoint_id AND l.name = c.lane`,
        [createdBefore, now],
      );
    },
    async dropEmptyLanes() {
      await pool.query(
        `DELETE FROM webhook_lane l USING (SELECT endpoint_id, name FROM webhook_lane
           WHERE pending = 0 FOR UPDATE SKIP LOCKED) empty
         WHERE l.endpoint_id = empty.endpoint_id AND l.name = empty.name`,
      );
    },
  };
}
