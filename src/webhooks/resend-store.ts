import type pg from 'pg';
import type { NewDelivery } from './fan-out-store.ts';

/** Creates a delivery beside the feed of events, or sends a stored one again. Each is due at once. */
export interface ResendStore {
  /** Adds a delivery to one endpoint. */
  add(delivery: NewDelivery, now: Date): Promise<void>;
  /** Makes a delivery pending as if it were new. Returns false if the endpoint has none of the event. */
  again(endpointId: string, eventId: string, now: Date): Promise<boolean>;
}

export function createResendStore(pool: pg.Pool): ResendStore {
  const endPause = (endpointId: string) =>
    pool.query('UPDATE webhook_endpoint SET paused_until = NULL WHERE id = $1', [endpointId]);

  return {
    async add({ endpointId, eventId, lane, type, body }, now) {
      await pool.query(
        `WITH fresh AS (INSERT INTO webhook_delivery (endpoint_id, event_id, lane, type, body, created_at)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING endpoint_id, lane)
         INSERT INTO webhook_lane AS l (endpoint_id, name, pending, next_try_at)
         SELECT endpoint_id, lane, 1, $6 FROM fresh
         ON CONFLICT (endpoint_id, name) DO UPDATE SET pending = l.pending + 1, next_try_at = $6`,
        [endpointId, eventId, lane, type, body, now],
      );
      await endPause(endpointId);
    },
    async again(endpointId, eventId, now) {
      // A pending one stays as it is: its lane becomes due, and a lease in progress sends it anyway.
      const { rows } = await pool.query<{ known: boolean }>(
        `WITH known AS (SELECT lane, state FROM webhook_delivery WHERE endpoint_id = $1 AND event_id = $2),
           settled AS (UPDATE webhook_delivery SET state = 'pending', attempts = 0, settled_at = NULL, created_at = $3
             WHERE endpoint_id = $1 AND event_id = $2 AND state <> 'pending' RETURNING lane),
           lane AS (INSERT INTO webhook_lane AS l (endpoint_id, name, pending, next_try_at)
             SELECT $1, known.lane, (SELECT count(*) FROM settled), $3 FROM known
             ON CONFLICT (endpoint_id, name) DO UPDATE SET pending = l.pending + excluded.pending, next_try_at = $3
             RETURNING 1)
         SELECT EXISTS (SELECT FROM known) AND EXISTS (SELECT FROM lane) AS known`,
        [endpointId, eventId, now],
      );
      await endPause(endpointId);
      return rows[0]?.known ?? false;
    },
  };
}
