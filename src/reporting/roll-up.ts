import type pg from 'pg';
import { createAlone } from '../kit/database/alone.ts';
import { type FeedEvent, readFeed, timeOfFeed } from '../kit/events/event-feed-store.ts';
import type { EventMark } from '../kit/events/event-mark.ts';
import { createEventAppender } from '../kit/events/event-store.ts';
import { newId } from '../kit/ids.ts';
import { addEvents, addUsesOf } from './add-batch.ts';
import { identitiesUsedAfter, identitiesUsedOf, type OwnedUse, reviseUses } from './app-use-store.ts';
import { countAgain } from './count-again.ts';
import { countedTypes, textIn } from './count-events.ts';
import { moveCursor, readCursor } from './cursor-store.ts';
import { readOwners } from './identity-owners-list-store.ts';

export interface RollUpDeps {
  readonly pool: Pick<pg.Pool, 'connect'>;
  /** Marks the events of first uses. */
  readonly mark?: Pick<EventMark, 'of'> | undefined;
  /** The number of events that one transaction counts. */
  readonly batch?: number;
}

export interface RolledUp {
  /** The number of events that were counted. */
  readonly events: number;
  /** The number of first uses that were recorded. */
  readonly firstUses: number;
}

type Session = Pick<pg.ClientBase, 'query'>;

/** One run counts 1,000,000 events at most, so that the history of a large database takes several runs. */
const mostBatches = 200;
const usualBatch = 5_000;
/** The identities whose uses one run compares with their owners: a million in eight hours. */
const sweepSize = 2_000;
/** The events after which the uses of identities have another owner, or none. */
const ownerTypes = ['identity.unlinked', 'user.deleted', 'user.merged'];
const types = [...countedTypes, ...ownerTypes];
const lock = "hashtext('symbolon.reporting.roll-up')";

/**
 * Returns the roll-up. It counts the events of the feed into hours, days and uses, and moves its position in the same
 * transaction. An event is thus counted once, whatever ends the process at whichever moment.
 */
export function createRollUp(deps: RollUpDeps): () => Promise<RolledUp> {
  const alone = createAlone<Session>(deps.pool, lock, (client) => client);
  return async () => {
    let sum: RolledUp = { events: 0, firstUses: 0 };
    for (let left = mostBatches; left > 0; left -= 1) {
      const step = await alone((session) => rollUpBatch(session, deps));
      if (!step) return sum;
      sum = { events: sum.events + step.events, firstUses: sum.firstUses + step.firstUses };
      if (!step.more) break;
    }
    await alone(sweep);
    return sum;
  };
}

async function rollUpBatch(session: Session, { mark, batch: limit = usualBatch }: RollUpDeps) {
  const cursor = await readCursor(session);
  const { events, next, restored } = await readFeed(session, { after: cursor, types, limit });
  if (restored && next) return await countAgain(session, { cursor, horizon: next, limit });
  await addEvents(session, events);
  const firstUses = await addUsesOf(session, events);
  const announced = firstUses.filter(({ firstAt }) => cursor.since && firstAt >= cursor.since);
  if (announced.length > 0) await createEventAppender(session, mark)(announced.map(firstUseEvent));
  await reviseOwners(session, events);
  const position = next ?? cursor;
  await moveCursor(session, { ...cursor, ...position, through: await timeOfFeed(session, position) });
  return { events: events.length, firstUses: announced.length, more: events.length === limit };
}

/** An app, not a process of the broker, has caused the first use. */
function firstUseEvent({ userId, appId, connection, identityId, firstAway, firstAt }: OwnedUse) {
  return {
    id: newId('evt'),
    type: 'app.first_use' as const,
    userId,
    appId,
    connection: connection ?? undefined,
    identityId,
    requestId: undefined,
    actorKind: 'app' as const,
    actorId: appId,
    address: undefined,
    detail: { away: firstAway, used_at: firstAt.toISOString() },
    age: 0,
  };
}

async function reviseOwners(session: Session, events: readonly FeedEvent[]): Promise<void> {
  const changed = events.filter(({ type }) => ownerTypes.includes(type));
  if (changed.length === 0) return;
  const identityIds = changed.flatMap(({ identityId }) => identityId ?? []);
  // A merge moves the identities of the user in `from`.
  const userIds = changed.flatMap((event) => [event.userId ?? [], textIn(event, 'from') ?? []].flat());
  const ids = [...new Set([...identityIds, ...(await identitiesUsedOf(session, userIds))])];
  await reviseUses(session, ids, await readOwners(session, ids));
}

/**
 * Compares the uses of some identities with their owners. An offboarding whose process ended before its event leaves no
 * event to follow.
 */
async function sweep(session: Session): Promise<void> {
  const cursor = await readCursor(session);
  const ids = await identitiesUsedAfter(session, cursor.swept, sweepSize);
  await reviseUses(session, ids, await readOwners(session, ids));
  const swept = ids.length < sweepSize ? '' : (ids.at(-1) ?? '');
  if (swept !== cursor.swept) await moveCursor(session, { ...cursor, swept });
}
