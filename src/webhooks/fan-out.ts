import type { Clock } from '../kit/clock.ts';
import type { FeedEvent } from '../kit/events/event-feed-store.ts';
import type { FanOutSession, FanOutStore, Subscription } from './fan-out-store.ts';
import { bodyOf, laneOf } from './public-events.ts';

const batch = 500;

/**
 * Creates a delivery of each event for each endpoint that wants it. The audit log is the outbox, so a recorded event needs
 * no further step. Returns the number of deliveries.
 */
export function createFanOut(store: FanOutStore, clock: Clock): () => Promise<number> {
  return async () => {
    let created = 0;
    for (let more = true; more; ) {
      const step = await store.alone((session) => fanOutBatch(session, clock));
      created += step?.created ?? 0;
      more = step?.more ?? false;
    }
    return created;
  };
}

async function fanOutBatch(
  session: FanOutSession,
  clock: Clock,
): Promise<{ created: number; more: boolean }> {
  const endpoints = await session.endpoints();
  const types = [...new Set(endpoints.flatMap(({ events }) => events))];
  const { events, next } = await session.read(types, batch);
  const deliveries = events.flatMap((event) => {
    const body = bodyOf(event);
    return endpoints
      .filter((endpoint) => wants(endpoint, event))
      .map(({ id }) => ({ endpointId: id, eventId: event.id, lane: laneOf(event), type: event.type, body }));
  });
  if (deliveries.length > 0) await session.insert(deliveries, clock.now());
  if (next) await session.move(next);
  return { created: deliveries.length, more: events.length === batch };
}

function wants(endpoint: Subscription, { type, tx }: FeedEvent): boolean {
  return endpoint.events.includes(type) && BigInt(tx) > BigInt(endpoint.tx);
}
