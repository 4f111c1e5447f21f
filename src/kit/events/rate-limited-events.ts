import type { Clock } from '../clock.ts';
import { currentAddress, forSeveral } from '../request-context.ts';
import type { Detail } from './changes.ts';
import type { Event, Events } from './events.ts';
import { createRateLimit } from './rate-limit.ts';

export interface RateLimitedEvents extends Events {
  /** Records the counts whose minute is over, or all counts. */
  recordCounts(all?: boolean): Promise<void>;
}

/** The limit per minute and connection: far more than mistakes of people cause. */
const most = 60;

/** Guesses at a token or a secret: one event a minute for each client that is guessed at, or else for each address. */
const guesses: ReadonlySet<string> = new Set<Event['type']>(['admin.refused', 'client.refused']);
/** A minute's clients and addresses with an event of their own, for each type. The others share one. */
const mostClients = 100;
const mostAddresses = 20;

/** The event that tells the number of the others. */
interface Kind extends Pick<Event, 'type' | 'connection' | 'appId'> {
  readonly detail?: Detail;
  /** The address, where all of them came from one. */
  readonly address?: string | undefined;
}

/**
 * Limits `unproven` events, which any caller can cause. Above the limit, a process writes one event a minute with the
 * number of the others, so that no caller can fill the database.
 */
export function createRateLimitedEvents(events: Events, clock: Clock): RateLimitedEvents {
  const often = createRateLimit({ clock, most });
  const rarely = createRateLimit({ clock, most: 1 });
  /** By the key of the rate limit. */
  const kinds = new Map<string, Kind>();

  const count = async (key: string, times: number) => {
    const kind = kinds.get(key);
    if (!kind) return;
    const { address, detail, ...about } = kind;
    // The count is about the earlier callers, so it does not have the request of the present one.
    await forSeveral(address, () => events.record({ ...about, detail: { ...detail, times } }));
  };

  /** Returns the key of the rate limit, of which there are a bounded number, and notes its kind. */
  function keyOf({ type, connection, appId, detail }: Event): string {
    if (!guesses.has(type)) return noted(`${type} ${connection}`, { type, connection });
    const client = appId ?? detail?.api;
    const address = client === undefined ? currentAddress() : undefined;
    const group = client === undefined ? `${type} from` : `${type} as`;
    const key = `${group} ${client ?? address}`;
    const others = [...kinds.keys()].filter((known) => known.startsWith(`${group} `)).length;
    const isFull = others >= (client === undefined ? mostAddresses : mostClients);
    if (isFull && !kinds.has(key)) return noted(type, { type });
    const api = detail?.api === undefined ? {} : { detail: { api: detail.api } };
    return noted(key, { type, appId, address, ...api });
  }

  function noted(key: string, kind: Kind): string {
    kinds.set(key, kind);
    return key;
  }

  return {
    async record(event) {
      if (!event.unproven) return await events.record(event);
      const key = keyOf(event);
      const due = (guesses.has(event.type) ? rarely : often).take(key);
      if (due === undefined) return;
      if (due > 1) await count(key, due - 1);
      await events.record(event);
    },
    async recordCounts(all) {
      for (const limit of [often, rarely])
        for (const { key, unreported } of limit.drain(all)) await count(key, unreported);
      for (const key of kinds.keys()) if (!often.has(key) && !rarely.has(key)) kinds.delete(key);
    },
  };
}
