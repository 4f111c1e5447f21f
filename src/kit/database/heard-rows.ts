import { createCache } from '../cache.ts';
import type { HeardChanges } from './heard-changes.ts';

/**
 * A cache of rows of which each change is notified. A row is used only while all changes have been heard of, so that the
 * cache needs no TTL.
 */
export interface HeardRows<Value> {
  /** Reads the table. The row is then in the cache. */
  find(key: string): Promise<Value | undefined>;
  /** Returns the row if it is in the cache. Waits for the proof that it is current, and does not read the table. */
  known(key: string): Promise<Value | undefined>;
  /** Returns the row if it is in the cache and that is proven already. */
  peek(key: string): Value | undefined;
  /** Puts another value in the place of a row in the cache, after a change that is not notified. */
  amend(key: string, amended: (value: Value) => Value): void;
  /** To be called for each notification. A read that began before is then not kept. */
  changed(key: string): void;
  /** To be called when notifications may have been missed. */
  clear(): void;
}

export interface HeardRowsOptions<Value> {
  readonly heard: Pick<HeardChanges, 'isCurrent' | 'whenCurrent' | 'watch'>;
  /** The tables that the rows come from. */
  readonly tables: readonly string[];
  /** The statements that change no column which is used. */
  readonly harmless?: readonly string[];
  /** Returns undefined where there is no row. That is not kept, since keys come from requests. */
  readonly read: (key: string) => Promise<Value | undefined>;
  readonly maxBytes: number;
  /** Returns the size in bytes, with the key and the place in the cache. */
  readonly sizeOf: (value: Value) => number;
}

interface Reading {
  readers: number;
  isOvertaken: boolean;
}

export function createHeardRows<Value extends object>({
  heard,
  tables,
  harmless,
  read,
  maxBytes,
  sizeOf,
}: HeardRowsOptions<Value>): HeardRows<Value> {
  heard.watch(tables, harmless);
  const cache = createCache<Value>({ maxBytes, sizeOf });
  const readings = new Map<string, Reading>();

  // Reads that begin from now on are kept.
  function overtake(key: string): void {
    const reading = readings.get(key);
    if (reading) reading.isOvertaken = true;
    readings.delete(key);
  }

  return {
    async find(key) {
      const reading = readings.get(key) ?? { readers: 0, isOvertaken: false };
      readings.set(key, reading);
      reading.readers += 1;
      try {
        const value = await read(key);
        if (value && !reading.isOvertaken) cache.set(key, value);
        return value;
      } finally {
        reading.readers -= 1;
        if (reading.readers === 0 && readings.get(key) === reading) readings.delete(key);
      }
    },
    known: async (key) => (cache.has(key) && (await heard.whenCurrent()) ? cache.get(key) : undefined),
    peek: (key) => (heard.isCurrent() ? cache.get(key) : undefined),
    amend(key, amended) {
      const value = cache.peek(key);
      if (value) cache.set(key, amended(value));
    },
    changed(key) {
      overtake(key);
      cache.delete(key);
    },
    clear() {
      for (const key of readings.keys()) overtake(key);
      cache.clear();
    },
  };
}
