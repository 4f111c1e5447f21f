import type pg from 'pg';
import { type Alone, createAlone } from '../kit/database/alone.ts';
import { type FeedPage, type FeedPosition, readFeed, renumberFeed } from '../kit/events/event-feed-store.ts';

/** The advisory lock. The removal of an endpoint takes it too, so that the two cannot deadlock. */
export const fanOutLock = "hashtext('symbolon.webhooks.fan-out')";

/** Fans events out, one process at a time, in one short transaction. */
export interface FanOutStore {
  readonly alone: Alone<FanOutSession>;
}

export interface FanOutSession {
  /** Returns the enabled endpoints with their event types. */
  endpoints(): Promise<readonly Subscription[]>;
  /** Returns the events of these types since the last call. */
  read(types: readonly string[], limit: number): Promise<FeedPage>;
  insert(deliveries: readonly NewDelivery[], now: Date): Promise<void>;
  /** Stores the position after the last event that was read. */
  move(to: FeedPosition): Promise<void>;
}

export interface Subscription {
  readonly id: string;
  readonly events: readonly string[];
  /** The id of the transaction that created the endpoint, which gets no event of an earlier transaction. */
  readonly tx: string;
}

export interface NewDelivery {
  readonly endpointId: string;
  readonly eventId: string;
  readonly lane: string;
  readonly type: string;
  readonly body: string;
}

export function createFanOutStore(pool: pg.Pool): FanOutStore {
  return { alone: createAlone(pool, fanOutLock, session) };
}

/** Returns the position up to which webhooks have read the feed. */
export async function findFanOutPosition(client: Pick<pg.Pool, 'query'>): Promise<FeedPosition | undefined> {
  const text = 'SELECT tx, event_id AS "eventId" FROM webhook_cursor WHERE id = 1';
  return (await client.query<FeedPosition>(text)).rows[0];
}

function session(client: pg.PoolClient): FanOutSession {
  return {
    async endpoints() {
      const text = 'SELECT id, events, tx::text FROM webhook_endpoint WHERE enabled';
      return (await client.query<Subscription>(text)).rows;
    },
    async read(types, limit) {
      const after = (await findFanOutPosition(client)) ?? { tx: '0', eventId: '' };
      const page = await readFeed(client, { after, types, limit });
      // A restored database counts transactions anew, so stored transaction ids no longer tell what is earlier.
      if (page.restored) {
        await renumberFeed(client);
        await client.query(`UPDATE webhook_endpoint SET tx = '0'`);
      }
      return page;
    },
    async insert(deliveries, now) {
      const column = (name: keyof NewDelivery) => deliveries.map((delivery) => delivery[name]);
      // The lane's row counts its pending deliveries. A concurrent settlement locks the same row, so that neither takes a
      // lane with deliveries for an empty one.
      await client.query(
        `WITH fresh AS (
           INSERT INTO webhook_delivery (endpoint_id, event_id, lane, type, body, created_at)
           SELECT endpoint_id, event_id, lane, type, body, $6
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
             WITH ORDINALITY AS d(endpoint_id, event_id, lane, type, body, place)
           ORDER BY place ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING endpoint_id, lane)
         INSERT INTO webhook_lane AS l (endpoint_id, name, pending, next_try_at)
         SELECT endpoint_id, lane, count(*), $6 FROM fresh GROUP BY endpoint_id, lane ORDER BY endpoint_id, lane
         ON CONFLICT (endpoint_id, name) DO UPDATE
           SET pending = l.pending + excluded.pending, next_try_at = coalesce(l.next_try_at, excluded.next_try_at)`,
        [column('endpointId'), column('eventId'), column('lane'), column('type'), column('body'), now],
      );
    },
    async move({ tx, eventId }) {
      await client.query(
        `INSERT INTO webhook_cursor (id, tx, event_id) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET tx = $1, event_id = $2`,
        [tx, eventId],
      );
    },
  };
}
