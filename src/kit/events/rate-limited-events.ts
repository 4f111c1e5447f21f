import type { Clock } from '../clock.ts';
import type { Event, Events } from './events.ts';
import { createRateLimit } from './rate-limit.ts';

export interface RateLimitedEvents extends Events {
  /** Records the counts whose minute is over, or all counts. */
  tell(all?: boolean): Promise<void>;
}

/** The limit per minute and connection: far more than mistakes of people cause. */
const most = 60;

/**
 * Limits `unproven` events, which any caller can cause. Above the limit, a process writes one event a minute with the
 * number of the others, so that no caller can fill the database.
 */
export function createRateLimitedEvents(events: Events, clock: Clock): RateLimitedEvents {
  const rateLimit = createRateLimit({ clock, most });
  const kinds = new Map<string, Pick<Event, 'type' | 'connection'>>();
  const count = async (key: string, times: number) => {
    const kind = kinds.get(key);
    if (kind) await events.record({ ...kind, detail: { times } });
  };

  return {
    async record(event) {
      if (!event.unproven) return await events.record(event);
      const { type, connection } = event;
      const key = `${type} ${connection}`;
      kinds.set(key, { type, connection });
      const since = rateLimit.take(key);
      if (since === undefined) return;
      if (since > 1) await count(key, since - 1);
      await events.record(event);
    },
    async tell(all) {
      for (const { key, untold } of rateLimit.drain(all)) await count(key, untold);
    },
  };
}
