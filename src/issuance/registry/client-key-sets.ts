import { type Clock, minutes, seconds } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { type Outbound, OutboundError } from '../../kit/outbound.ts';
import { type ClientKeys, usableClientKeys } from './client-keys.ts';

/** The key sets that apps publish at an address of theirs (RFC 7591 `jwks_uri`), so that they change keys by themselves. */
export interface ClientKeySets {
  /**
   * Returns the keys at an address, from the cache where it knows every key id. `kids`: the ids that the request names,
   * undefined for a signature without one. While the address does not answer, the last keys are used for an hour, and then none.
   */
  keysAt(uri: string, kids: readonly (string | undefined)[]): Promise<ClientKeys>;
  /** Fetches the keys at an address, whatever the cache has. @throws KeySetError */
  fetchNow(uri: string): Promise<ClientKeys>;
}

/** The reason for which an address gives no keys, for the operator. */
export class KeySetError extends Error {
  override readonly name = 'KeySetError';
}

/** Milliseconds for which known keys are used without asking again. */
const fresh = minutes(10);
/** The same for a signature that names no key: only its failure could tell of a new one. */
const freshWithoutName = minutes(1);
/** Milliseconds. Known keys stay in use for this long while the address does not answer. */
const usable = minutes(60);
/** The rate limit of fetches of one address, since any caller can name an unknown key. */
const mostFetches = 5;
const fetchesWithin = minutes(1);
const sizeLimit = 64 * 1024;
const timeout = seconds(3);
/** The oldest entry goes first. There is one for each app that publishes keys. */
const mostKnown = 5_000;

interface Entry {
  keys?: { readonly found: ClientKeys; readonly at: number };
  fetching?: Promise<ClientKeys> | undefined;
  /** The times of the last fetches, in epoch milliseconds. */
  fetches: readonly number[];
}

export interface ClientKeySetsDeps {
  readonly outbound: Pick<Outbound, 'fetch'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createClientKeySets({ outbound, clock, log }: ClientKeySetsDeps): ClientKeySets {
  const entries = new Map<string, Entry>();

  function entryOf(uri: string): Entry {
    const entry = entries.get(uri) ?? { fetches: [] };
    entries.delete(uri);
    entries.set(uri, entry);
    for (const [oldest] of entries) if (entries.size > mostKnown) entries.delete(oldest);
    return entry;
  }

  function fetchInto(uri: string, entry: Entry): Promise<ClientKeys> {
    entry.fetching ??= fetchKeys(uri, outbound)
      .then((found) => {
        entry.keys = { found, at: clock.now().getTime() };
        return found;
      })
      .finally(() => {
        entry.fetching = undefined;
      });
    return entry.fetching;
  }

  return {
    async keysAt(uri, kids) {
      const entry = entryOf(uri);
      const now = clock.now().getTime();
      const { keys } = entry;
      const age = keys ? now - keys.at : Number.POSITIVE_INFINITY;
      const names = (kid: string | undefined) =>
        kid === undefined ? age < freshWithoutName : keys?.found.keys.some((key) => key.kid === kid);
      if (keys && age < fresh && kids.every(names)) return keys.found;
      const last = keys && age < usable ? keys.found : { keys: [] };
      entry.fetches = entry.fetches.filter((at) => now - at < fetchesWithin && at <= now);
      if (entry.fetches.length >= mostFetches) return last;
      entry.fetches = [...entry.fetches, now];
      return await fetchInto(uri, entry).catch((error: unknown) => {
        log.warn({ err: error, host: new URL(uri).host }, 'the keys of an app cannot be fetched');
        return last;
      });
    },
    fetchNow: (uri) => fetchInto(uri, entryOf(uri)),
  };
}

async function fetchKeys(uri: string, outbound: Pick<Outbound, 'fetch'>): Promise<ClientKeys> {
  const response = await outbound
    .fetch(uri, { headers: { accept: 'application/json' }, sizeLimit, totalTimeout: timeout })
    .catch((cause: unknown) => {
      const failure = cause instanceof OutboundError ? cause.failure : 'unreachable';
      throw new KeySetError(`the address gives no answer that can be used: ${failure}`, { cause });
    });
  if (response.status !== 200) throw new KeySetError(`the address answers ${response.status}`);
  const text = await response.text();
  const keys = usableClientKeys(parsed(text));
  if (!keys) throw new KeySetError('the answer is no key set (RFC 7517)');
  if (keys.keys.length === 0) throw new KeySetError('the key set has no key that can sign for an app');
  return keys;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
