import type pg from 'pg';
import type { FeedPosition } from '../kit/events/event-feed-store.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** The position up to which the roll-ups have counted. */
export interface UsageCursor extends FeedPosition {
  /** The time up to which all is counted. */
  readonly through: Date;
  /** First uses before this time are not announced. */
  readonly since: Date | null;
  /** The identity up to which the sweep has looked. */
  readonly swept: string;
}

const columns = 'tx, event_id AS "eventId", through, since, swept';
const start = `INSERT INTO usage_cursor (id, tx, event_id, through, since) VALUES (1, '0', '', to_timestamp(0), now())
  ON CONFLICT DO NOTHING`;

/** Returns undefined in a database whose row is lost. */
export async function findCursor(session: Session): Promise<UsageCursor | undefined> {
  const text = `SELECT ${columns} FROM usage_cursor WHERE id = 1`;
  return (await session.query<UsageCursor>(text)).rows[0];
}

/** Returns the position, for a reader under the lock of the roll-ups. */
export async function readCursor(session: Session): Promise<UsageCursor> {
  const found = await findCursor(session);
  if (found) return found;
  await session.query(start);
  return await readCursor(session);
}

export async function moveCursor(
  session: Session,
  { tx, eventId, through, swept }: Omit<UsageCursor, 'since'>,
): Promise<void> {
  const text = 'UPDATE usage_cursor SET tx = $1, event_id = $2, through = $3, swept = $4 WHERE id = 1';
  await session.query(text, [tx, eventId, through, swept]);
}
