import type { Clock } from '../clock.ts';
import { forSeveral } from '../request-context.ts';
import type { Event, Events } from './events.ts';
import { createRateLimit } from './rate-limit.ts';

export interface RateLimitedEvents extends Events {
  /** Records the counts whose minute is over, or all counts. */
  recordCounts(all?: boolean): Promise<void>;
}

/** The limit per minute and connection: far more than mistakes of people cause. */
const most = 60;

/**
 * Limits `unproven` events, which any caller can cause. Above the limit, a process writes one event a minute with the
 * number of the others, so that no caller can fill the database.
 */
export function createRateLimitedEvents(events: Events, clock: Clock): RateLimitedEvents {
  const rateLimit = createRateLimit({ clock, most });
  /** The event to repeat with a count, by the key of the rate limit. */
  const kinds = new Map<string, Pick<Event, 'type' | 'connection'>>();
  const count = async (key: string, times: number) => {
    const kind = kinds.get(key);
    if (!kind) return;
    // The count is about the earlier callers, so it has neither the request nor the address of the present one.
    await forSeveral(() => events.record({ ...kind, detail: { times } }));
  };

  return {
    async record(event) {
      if (!event.unproven) return await events.record(event);
      const { type, connection } = event;
      const key = `${type} ${connection}`;
      kinds.set(key, { type, connection });
      const due = rateLimit.take(key);
      if (due === undefined) return;
      if (due > 1) await count(key, due - 1);
      await events.record(event);
    },
    async recordCounts(all) {
      for (const { key, unreported } of rateLimit.drain(all)) await count(key, unreported);
    },
  };
}
