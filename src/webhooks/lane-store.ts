import type pg from 'pg';

/** The lanes of an endpoint: queues of deliveries that keep their order. Claims due deliveries and settles them. */
export interface LaneStore {
  /** Returns enabled endpoints, not paused, with a lane that is due and not leased. */
  dueEndpoints(now: Date): Promise<readonly DueEndpoint[]>;
  /** Reads the endpoint; undefined if it is gone, disabled or paused. */
  endpoint(id: string, now: Date): Promise<DueEndpoint | undefined>;
  /** Leases due lanes. Returns the oldest pending delivery of each. */
  claim(endpointId: string, ask: ClaimAsk): Promise<readonly Claim[]>;
  /** Returns false if the lease was lost to another process, which settles. */
  settle(claim: Claim, result: Settlement): Promise<boolean>;
}

export interface DueEndpoint {
  readonly id: string;
  readonly url: string;
  /** Sealed. */
  readonly secrets: Uint8Array;
}

export interface ClaimAsk {
  readonly now: Date;
  /** The largest number of lanes to lease. */
  readonly most: number;
  /** The lease's id, unique to this claim. */
  readonly lease: string;
  /** The length of the lease. */
  readonly seconds: number;
}

export interface Claim {
  readonly endpointId: string;
  readonly lane: string;
  readonly lease: string;
  readonly seq: string;
  readonly eventId: string;
  readonly body: string;
  /** The number of earlier attempts. */
  readonly attempts: number;
  readonly createdAt: Date;
}

export interface Settlement {
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly status: number | null;
  readonly error: string | null;
  readonly now: Date;
  /** The time of the lane's next attempt. */
  readonly nextTryAt: Date;
}

// Leases use the database's clock, so that the clocks of processes may differ.
const free = '(l.lease_until IS NULL OR l.lease_until < now())';
const sendable = 'e.enabled AND (e.paused_until IS NULL OR e.paused_until <= $1)';

export function createLaneStore(pool: pg.Pool): LaneStore {
  return {
    async dueEndpoints(now) {
      const { rows } = await pool.query<DueEndpoint>(
        `SELECT e.id, e.url, e.secrets FROM webhook_endpoint e WHERE ${sendable}
           AND EXISTS (SELECT FROM webhook_lane l WHERE l.endpoint_id = e.id AND l.next_try_at <= $1 AND ${free})`,
        [now],
      );
      return rows;
    },
    async endpoint(id, now) {
      const text = `SELECT e.id, e.url, e.secrets FROM webhook_endpoint e WHERE ${sendable} AND e.id = $2`;
      return (await pool.query<DueEndpoint>(text, [now, id])).rows[0];
    },
    async claim(endpointId, { now, most, lease, seconds }) {
      const { rows: lanes } = await pool.query<{ name: string }>(
        `WITH due AS (SELECT l.endpoint_id, l.name FROM webhook_lane l
           WHERE l.endpoint_id = $1 AND l.next_try_at <= $2 AND ${free}
           ORDER BY l.next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         UPDATE webhook_lane l SET lease = $4, lease_until = now() + make_interval(secs => $5)
         FROM due WHERE l.endpoint_id = due.endpoint_id AND l.name = due.name RETURNING l.name`,
        [endpointId, now, most, lease, seconds],
      );
      if (lanes.length === 0) return [];
      // The deliveries are read under the lease. Before it, another process could settle the same delivery.
      const { rows } = await pool.query<Omit<Claim, 'lease'>>(
        `SELECT $1 AS "endpointId", name AS lane, d.* FROM unnest($2::text[]) AS name
         CROSS JOIN LATERAL (SELECT p.seq::text, event_id AS "eventId", body, attempts, created_at AS "createdAt"
           FROM webhook_delivery p WHERE endpoint_id = $1 AND lane = name AND state = 'pending'
           ORDER BY p.seq LIMIT 1) d`,
        [endpointId, lanes.map(({ name }) => name)],
      );
      return rows.map((row) => ({ ...row, lease }));
    },
    async settle({ endpointId, lane, lease, seq }, { state, status, error, now, nextTryAt }) {
      // The lane's count of pending deliveries falls by this.
      const settledCount = state === 'pending' ? 0 : 1;
      const { rowCount } = await pool.query(
        `WITH lane AS (UPDATE webhook_lane SET lease = NULL, lease_until = NULL, pending = pending - $4::int,
             next_try_at = CASE WHEN pending = $4 THEN NULL ELSE $5::timestamptz END
           WHERE endpoint_id = $1 AND name = $2 AND lease = $3 RETURNING 1)
         UPDATE webhook_delivery SET state = $6, attempts = attempts + 1, last_status = $7, last_error = $8,
           settled_at = $9 WHERE seq = $10 AND EXISTS (SELECT FROM lane)`,
        [
          endpointId,
          lane,
          lease,
          settledCount,
          nextTryAt,
          state,
          status,
          error,
          settledCount ? now : null,
          seq,
        ],
      );
      return (rowCount ?? 0) > 0;
    },
  };
}
