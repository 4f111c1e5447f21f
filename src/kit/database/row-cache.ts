import { createCache } from '../cache.ts';
import type { Clock } from '../clock.ts';
import { noteUnanswered } from './statement-timeout.ts';

/** A cache of rows that many requests read and that seldom change. Concurrent misses share one read. */
export interface RowCache<Value> {
  get(key: string): Promise<Value | undefined>;
  /** Returns the value if it is in the cache. */
  peek(key: string): Value | undefined;
  /** Reads the table now. The value replaces the one in the cache. */
  getNow(key: string): Promise<Value | undefined>;
  /** To be called when the row has changed. A read that began before is then not kept. */
  delete(key: string): void;
  /** The same for all rows. */
  clear(): void;
}

export interface RowCacheOptions {
  readonly max: number;
  /** Milliseconds, counted from the beginning of the read. */
  readonly ttl: number;
  readonly clock: Clock;
}

interface Entry<Value> {
  readonly reading: Promise<Value | undefined>;
  /** Undefined until the read has ended. */
  value: Value | undefined;
}

/** `read` returns undefined where there is no row. Keys come from requests, so that is not kept, nor is a failed read. */
export function createRowCache<Value>(
  read: (key: string) => Promise<Value | undefined>,
  { max, ttl, clock }: RowCacheOptions,
): RowCache<Value> {
  // The library's `fetchMethod` does not fit: `clear` would abort the reads that requests are waiting for.
  const cache = createCache<Entry<Value>>({ max, expiry: { ttl, clock } });

  async function getNow(key: string): Promise<Value | undefined> {
    const entry: Entry<Value> = { reading: read(key), value: undefined };
    cache.set(key, entry);
    entry.value = await entry.reading.catch(() => undefined);
    if (entry.value === undefined && cache.peek(key) === entry) cache.delete(key);
    return await entry.reading;
  }

  return {
    async get(key) {
      const known = cache.get(key);
      if (!known) return await getNow(key);
      // A request that joins another's read also learns that the database does not answer.
      return known.value ?? (await noteUnanswered(known.reading));
    },
    peek: (key) => cache.get(key)?.value,
    getNow,
    delete: (key) => void cache.delete(key),
    clear: () => cache.clear(),
  };
}
