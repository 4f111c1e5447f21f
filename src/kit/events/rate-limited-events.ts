import type { Clock } from '../clock.ts';
import type { Event, Events } from './events.ts';
import { createRateLimit } from './rate-limit.ts';

export interface RateLimitedEvents extends Events {
  /** Tells of what is only counted yet and whose minute is over, or of all. */
  tell(all?: boolean): Promise<void>;
}

/** Each minute of each connection; far more than people bring about who mistake something. */
const most = 60;

/**
 * What is `unproven` anybody can bring about, so a process writes so many a minute and then one that says how many more
 * there were: nobody fills the database, and the number stays.
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
