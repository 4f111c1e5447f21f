import { type Clock, minutes } from '../kit/clock.ts';
import type { Events } from '../kit/events.ts';
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
  const counted = new Map<string, { readonly until: number; untold: number }>();
  const record = (connection: string, messages: number) =>
    events.record({ type: 'signal.refused', connection, detail: { messages } });

  return {
    async note(alias) {
      metrics.signalRefused({ connection: alias });
      const now = clock.now().getTime();
      const minute = counted.get(alias);
      if (minute && now < minute.until) {
        minute.untold += 1;
        return false;
      }
      counted.set(alias, { until: now + minutes(1), untold: 0 });
      await record(alias, 1 + (minute?.untold ?? 0));
      return true;
    },
    async tell(all = false) {
      const now = clock.now().getTime();
      for (const [alias, { until, untold }] of counted) {
        if (now < until && !all) continue;
        counted.delete(alias);
        if (untold > 0) await record(alias, untold);
      }
    },
  };
}
