import type pg from 'pg';
import {
  type FeedPosition,
  readWholeFeed,
  readWholeSince,
  renumberFeed,
  timeOfFeed,
  type WholeFeedEvent,
} from '../kit/events/event-feed-store.ts';

export interface StreamPosition extends FeedPosition {
  /** The time of the last event that the receiver has. */
  readonly through: Date;
}

/** The position of a reader that goes on. */
export interface StreamCursor extends StreamPosition {
  /** In a database that was dumped and restored elsewhere: the reader goes by time, up to this horizon. */
  readonly byTime?: { readonly since: Date; readonly afterId: string; readonly horizon: FeedPosition };
}

export interface StreamPage {
  readonly events: readonly WholeFeedEvent[];
  /** The cursor after these events. */
  readonly next: StreamCursor;
}

/** The position of the stream, its lease, and the events after it. All times are by the database's clock. */
export interface AuditStreamStore {
  /** Returns the position while this owner has the lease, or takes it. Undefined: another process sends. */
  take(owner: string): Promise<StreamPosition | undefined>;
  /** Extends the lease. Returns false if it was lost. */
  renew(owner: string): Promise<boolean>;
  /** Stores the position. Returns false if the lease was lost, so that another process sends these events again. */
  move(owner: string, to: StreamPosition): Promise<boolean>;
  release(owner: string): Promise<void>;
  read(after: StreamCursor, limit: number): Promise<StreamPage>;
  /** Returns the age of the oldest event that was not sent, in seconds. Undefined: the stream has not begun. */
  lag(): Promise<number | undefined>;
}

/** The lease lasts longer than the slowest attempt on one page. */
const lease = `interval '1 minute'`;
/** Retention does not wait for a stream without a process for this time: it has been switched off. */
const remembered = `interval '7 days'`;
/** Events of a restored dump that may have been sent are sent again for this time. */
const overlap = 600_000;

const position = 'tx, event_id AS "eventId", through';

interface Row extends StreamPosition {
  readonly own: boolean;
  readonly held: boolean;
  readonly fresh: boolean;
}

export function createAuditStreamStore(pool: Pick<pg.Pool, 'query'>): AuditStreamStore {
  const find = async (owner: string): Promise<Row | undefined> => {
    const text = `SELECT ${position}, owner = $1 AS own, lease_until > now() AS held,
      lease_until > now() + ${lease} / 2 AS fresh FROM audit_stream WHERE id = 1`;
    return (await pool.query<Row>(text, [owner])).rows[0];
  };
  const isOwn = async (text: string, values: readonly unknown[]) =>
    ((await pool.query(text, [...values])).rowCount ?? 0) > 0;

  return {
    async take(owner) {
      const found = await find(owner);
      if (!found) {
        // A stream begins with the events that are recorded from now on.
        const text = `INSERT INTO audit_stream (id, tx, event_id, through, owner, lease_until)
          VALUES (1, pg_snapshot_xmin(pg_current_snapshot())::text, '', now(), $1, now() + ${lease})
          ON CONFLICT DO NOTHING RETURNING ${position}`;
        return (await pool.query<StreamPosition>(text, [owner])).rows[0];
      }
      if (found.own && found.fresh) return found;
      if (!found.own && found.held) return undefined;
      const text = `UPDATE audit_stream SET owner = $1, lease_until = now() + ${lease}
        WHERE id = 1 AND (owner = $1 OR lease_until <= now()) RETURNING ${position}`;
      return (await pool.query<StreamPosition>(text, [owner])).rows[0];
    },
    renew: (owner) =>
      isOwn(`UPDATE audit_stream SET lease_until = now() + ${lease} WHERE id = 1 AND owner = $1`, [owner]),
    move: (owner, { tx, eventId, through }) =>
      isOwn(
        `UPDATE audit_stream SET tx = $2, event_id = $3, through = $4, lease_until = now() + ${lease}
         WHERE id = 1 AND owner = $1`,
        [owner, tx, eventId, through],
      ),
    async release(owner) {
      await pool.query('UPDATE audit_stream SET lease_until = now() WHERE id = 1 AND owner = $1', [owner]);
    },
    async read(after, limit) {
      if (after.byTime) return await readByTime(pool, { ...after, byTime: after.byTime }, limit);
      const { events, next, restored } = await readWholeFeed(pool, { after, limit });
      if (!restored || !next)
        return { events, next: { ...after, ...next, through: events.at(-1)?.at ?? after.through } };
      await renumberFeed(pool);
      // The numbers of transactions start again, so that they no longer tell which events the receiver has.
      const since = new Date(after.through.getTime() - overlap);
      return await readByTime(pool, { ...after, byTime: { since, afterId: '', horizon: next } }, limit);
    },
    async lag() {
      const text = `SELECT ${position}, now() AS now FROM audit_stream WHERE id = 1`;
      const [found] = (await pool.query<StreamPosition & { now: Date }>(text)).rows;
      if (!found) return undefined;
      return Math.max(0, (found.now.getTime() - (await timeOfFeed(pool, found)).getTime()) / 1000);
    },
  };
}

async function readByTime(
  pool: Pick<pg.Pool, 'query'>,
  after: Required<StreamCursor>,
  limit: number,
): Promise<StreamPage> {
  const { byTime, ...position } = after;
  const { horizon } = byTime;
  const events = await readWholeSince(pool, { ...byTime, before: horizon, limit });
  const last = events.at(-1);
  const through = last?.at ?? position.through;
  if (!last || events.length < limit) return { events, next: { ...horizon, through } };
  return { events, next: { ...position, through, byTime: { since: last.at, afterId: last.id, horizon } } };
}

/** Returns the position of a stream that is in use, which retention waits for. */
export async function findStreamPosition(
  client: Pick<pg.Pool, 'query'>,
): Promise<FeedPosition | 'no stream'> {
  const text = `SELECT ${position} FROM audit_stream WHERE id = 1 AND lease_until > now() - ${remembered}`;
  return (await client.query<FeedPosition>(text)).rows[0] ?? 'no stream';
}
