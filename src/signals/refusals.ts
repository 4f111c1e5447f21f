import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { createRateLimit } from '../kit/events/rate-limit.ts';
import type { Metrics } from '../kit/metrics.ts';
import { forSeveral } from '../kit/request-context.ts';

/**
 * A rate limit for the event `signal.refused`. An unauthenticated caller can send any number of messages, so each process
 * writes one event a minute and connection, with the number of messages.
 */
export interface Refusals {
  /** Counts a refused message. Resolves to true if it was the first of its minute, and an event was written. */
  count(alias: string): Promise<boolean>;
  /** Writes the events of counted messages whose minute is over, or of all. */
  record(all?: boolean): Promise<void>;
}

export interface RefusalsDeps {
  readonly events: Events;
  readonly metrics: Pick<Metrics, 'signalRefused'>;
  readonly clock: Clock;
}

export function createRefusals({ events, metrics, clock }: RefusalsDeps): Refusals {
  const rateLimit = createRateLimit({ clock, most: 1 });
  const write = (connection: string, messages: number) =>
    events.record({ type: 'signal.refused', connection, detail: { messages } });

  return {
    async count(alias) {
      metrics.signalRefused({ connection: alias });
      const messages = rateLimit.take(alias);
      if (messages === undefined) return false;
      if (messages === 1) await write(alias, 1);
      else await forSeveral(undefined, () => write(alias, messages));
      return true;
    },
    async record(all) {
      for (const { key, unreported } of rateLimit.drain(all))
        await forSeveral(undefined, () => write(key, unreported));
    },
  };
}
