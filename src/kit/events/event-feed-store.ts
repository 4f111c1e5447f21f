import type pg from 'pg';
import type { StoredEvent } from './event-fields.ts';

/** The position of a reader in the feed. */
export interface FeedPosition {
  /** The number of the transaction, too large for a JavaScript number. */
  readonly tx: string;
  /** The id of the last event read in that transaction; empty: none. */
  readonly eventId: string;
}

export interface FeedEvent {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly userId: string | null;
  readonly appId: string | null;
  /** Alias. */
  readonly connection: string | null;
  readonly identityId: string | null;
  /** Null in the events of earlier versions. */
  readonly actorKind: string | null;
  readonly actorId: string | null;
  readonly detail: unknown;
  readonly tx: string;
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** The next position; undefined: unchanged. */
  readonly next: FeedPosition | undefined;
  /** True if the transaction numbers start again: the database was dumped and restored elsewhere. */
  readonly restored: boolean;
}

export interface FeedQuery {
  readonly after: FeedPosition;
  readonly types: readonly string[];
  readonly limit: number;
}

const columns = `e.id, at, type, user_id AS "userId", app_id AS "appId", connection, identity_id AS "identityId",
  actor_kind AS "actorKind", actor_id AS "actorId", detail, e.tx::text AS tx`;
const further = 'request_id AS "requestId", address';

// Transactions below the horizon have ended. A reader that stays below it misses no event: one that was recorded early
// and committed late is read late.
const horizonNow = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon';
const between = '(e.tx, e.id) > ($1::xid8, $2) AND e.tx < $3::xid8';

/** Renumbers the events of the former server after a restore: their numbers are ahead of this server's. */
export async function renumberFeed(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  await client.query('SELECT renumber_audit_feed()');
}

/** Returns the events after a position. The events of each writer come in the order of their writing. */
export async function readFeed(
  client: Pick<pg.ClientBase, 'query'>,
  { after, types, limit }: FeedQuery,
): Promise<FeedPage> {
  const { rows } = await client.query<{ horizon: string }>(horizonNow);
  const horizon = { tx: rows[0]?.horizon ?? '0', eventId: '' };
  if (BigInt(after.tx) > BigInt(horizon.tx)) return { events: [], next: horizon, restored: true };

  const range = [after.tx, after.eventId, horizon.tx];
  const { rows: events } = await client.query<FeedEvent>(
    `SELECT ${columns} FROM audit_event e WHERE ${between} AND type = ANY($4) ORDER BY e.tx, e.id LIMIT $5`,
    [...range, types, limit],
  );
  const last = events.at(-1);
  if (last) {
    const next = events.length === limit ? { tx: last.tx, eventId: last.id } : horizon;
    return { events, next, restored: false };
  }
  const others = await client.query(`SELECT FROM audit_event e WHERE ${between} LIMIT 1`, range);
  return { events, next: others.rows.length > 0 ? horizon : undefined, restored: false };
}

export interface WholeFeedPage extends Omit<FeedPage, 'events'> {
  readonly events: readonly WholeFeedEvent[];
}

export interface WholeFeedEvent extends StoredEvent {
  readonly tx: string;
}

/** Returns the events of all types after a position, with all their fields. */
export async function readWholeFeed(
  client: Pick<pg.ClientBase, 'query'>,
  { after, limit }: Omit<FeedQuery, 'types'>,
): Promise<WholeFeedPage> {
  const { rows } = await client.query<{ horizon: string }>(horizonNow);
  const horizon = { tx: rows[0]?.horizon ?? '0', eventId: '' };
  if (BigInt(after.tx) > BigInt(horizon.tx)) return { events: [], next: horizon, restored: true };
  const { rows: events } = await client.query<WholeFeedEvent>(
    `SELECT ${columns}, ${further} FROM audit_event e WHERE ${between} ORDER BY e.tx, e.id LIMIT $4`,
    [after.tx, after.eventId, horizon.tx, limit],
  );
  const last = events.at(-1);
  if (!last) return { events, next: undefined, restored: false };
  const next = events.length === limit ? { tx: last.tx, eventId: last.id } : horizon;
  return { events, next, restored: false };
}

/** Returns the events of all types since a time that are before a position, in the order of their times. */
export async function readWholeSince(
  client: Pick<pg.ClientBase, 'query'>,
  { since, afterId, before, limit }: Omit<SinceQuery, 'types'>,
): Promise<readonly WholeFeedEvent[]> {
  const { rows } = await client.query<WholeFeedEvent>(
    `SELECT ${columns}, ${further} FROM audit_event e WHERE (at, e.id) > ($1, $2) AND e.tx < $3::xid8
     ORDER BY at, e.id LIMIT $4`,
    [since, afterId, before.tx, limit],
  );
  return rows;
}

/** Returns the time up to which a reader at this position has read: that of the next event, or now if there is none. */
export async function timeOfFeed(
  client: Pick<pg.ClientBase, 'query'>,
  { tx, eventId }: FeedPosition,
): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>(
    `SELECT coalesce((SELECT at FROM audit_event e WHERE (e.tx, e.id) > ($1::xid8, $2) ORDER BY e.tx, e.id LIMIT 1),
       now()) AS at`,
    [tx, eventId],
  );
  return rows[0]?.at ?? new Date(0);
}

/** Returns the events since a time that are before a position, in the order of their times. */
export async function readSince(
  client: Pick<pg.ClientBase, 'query'>,
  { since, afterId, before, types, limit }: SinceQuery,
): Promise<readonly FeedEvent[]> {
  const { rows } = await client.query<FeedEvent>(
    `SELECT ${columns} FROM audit_event e WHERE (at, e.id) > ($1, $2) AND e.tx < $3::xid8 AND type = ANY($4)
     ORDER BY at, e.id LIMIT $5`,
    [since, afterId, before.tx, types, limit],
  );
  return rows;
}

export interface SinceQuery extends Omit<FeedQuery, 'after'> {
  readonly since: Date;
  readonly afterId: string;
  readonly before: FeedPosition;
}
