import type pg from 'pg';
import { days } from '../kit/clock.ts';
import type { FeedEvent } from '../kit/events/event-feed-store.ts';
import { addUses, type OwnedUse } from './app-use-store.ts';
import { type Counted, countEvents } from './count-events.ts';
import { countUses } from './count-uses.ts';
import { readOwners } from './identity-owners-list-store.ts';
import { addedBuckets } from './percentile.ts';
import { addCounts, type CountedAt } from './usage-store.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** Adds events to their hours, which know no app, and to their days. */
export async function addEvents(session: Session, events: readonly FeedEvent[]): Promise<void> {
  const counted = countEvents(events);
  await addCounts(session, {
    hours: summed(counted, (one) => ({ ...one, at: one.hour, app: '' })),
    days: summed(counted, (one) => ({ ...one, at: dayOf(one.hour) })),
  });
}

/** Returns one sum for each key. */
function summed(counted: readonly Counted[], keyed: (one: Counted) => CountedAt): readonly CountedAt[] {
  const groups = Map.groupBy(counted.map(keyed), ({ at, kind, connection, app, outcome }) =>
    [at.getTime(), kind, connection, app, outcome].join(' '),
  );
  return [...groups.values()].map((group) => group.reduce(added));
}

function added(one: CountedAt, other: CountedAt): CountedAt {
  return { ...one, n: one.n + other.n, buckets: addedBuckets(one.buckets, other.buckets) };
}

/** Returns the first moment of a day (UTC). */
export function dayOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / days(1)) * days(1));
}

/** Adds the uses of identities that exist, with their present owners. Returns the first uses. */
export async function addUsesOf(
  session: Session,
  events: readonly FeedEvent[],
): Promise<readonly OwnedUse[]> {
  const uses = countUses(events);
  const owners = await readOwners(session, [...new Set(uses.map(({ identityId }) => identityId))]);
  const known = new Map(owners.map((owner) => [owner.identityId, owner]));
  return await addUses(
    session,
    uses.flatMap((use) => {
      const owner = known.get(use.identityId);
      return owner ? [{ ...use, ...owner }] : [];
    }),
  );
}
