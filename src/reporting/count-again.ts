import type pg from 'pg';
import { after, hours } from '../kit/clock.ts';
import { type FeedPosition, readSince, renumberFeed, timeOfFeed } from '../kit/events/event-feed-store.ts';
import { addEvents, addUsesOf, dayOf } from './add-batch.ts';
import { countedTypes } from './count-events.ts';
import { moveCursor, type UsageCursor } from './cursor-store.ts';
import { dropCountsSince } from './usage-store.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** Events may commit this much later than they are dated. */
const margin = hours(1);

interface Restored {
  readonly cursor: UsageCursor;
  /** The position of the new server. */
  readonly horizon: FeedPosition;
  readonly limit: number;
}

/**
 * Counts the last day again, after the database was restored on another server: the numbers of transactions have started
 * again, so the position no longer tells which events are counted. Days and hours are exact then. Uses are counted from
 * the time of the position on.
 */
export async function countAgain(session: Session, { cursor, horizon, limit }: Restored) {
  await renumberFeed(session);
  const since = dayOf(after(cursor.through, -margin));
  await dropCountsSince(session, since);
  let place = { since, afterId: '' };
  let events = 0;
  for (;;) {
    const page = await readSince(session, { ...place, before: horizon, types: countedTypes, limit });
    await addEvents(session, page);
    await addUsesOf(
      session,
      page.filter(({ at }) => at > cursor.through),
    );
    events += page.length;
    const last = page.at(-1);
    if (!last || page.length < limit) break;
    place = { since: last.at, afterId: last.id };
  }
  await moveCursor(session, { ...cursor, ...horizon, through: await timeOfFeed(session, horizon) });
  return { events, firstUses: 0, more: true };
}
