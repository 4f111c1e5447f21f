import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { createRation } from '../kit/events/ration.ts';
import type { Metrics } from '../kit/metrics.ts';

/**
 * Messages that are nobody's. Anybody may send as many as they like, so a process writes one event a minute for each
 * connection, which says how many there were.
 */
export interface Refusals {
  /** True when it was told: the first of its minute. */
  note(alias: string): Promise<boolean>;
  /** Tells of those that are only counted yet and whose minute is over, or of all. */
  tell(all?: boolean): Promise<void>;
}

export interface RefusalsDeps {
  readonly events: Events;
  readonly metrics: Pick<Metrics, 'signalRefused'>;
  readonly clock: Clock;
}

export function createRefusals({ events, metrics, clock }: RefusalsDeps): Refusals {
  const ration = createRation({ clock, most: 1 });
  const record = (connection: string, messages: number) =>
    events.record({ type: 'signal.refused', connection, detail: { messages } });

  return {
    async note(alias) {
      metrics.signalRefused({ connection: alias });
      const messages = ration.take(alias);
      if (messages === undefined) return false;
      await record(alias, messages);
      return true;
    },
    async tell(all) {
      for (const { key, untold } of ration.drain(all)) await record(key, untold);
    },
  };
}
