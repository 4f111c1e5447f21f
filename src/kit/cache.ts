import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';

/** A bounded cache in the memory of this process. The entry that was used least recently is evicted first. */
export interface Cache<Value> {
  get(key: string): Value | undefined;
  /** `lifetime`: milliseconds, for this entry alone. It has an effect only where the cache has an expiry. */
  set(key: string, value: Value, lifetime?: number): void;
  has(key: string): boolean;
  /** Returns the value, which is not used by that. */
  peek(key: string): Value | undefined;
  delete(key: string): boolean;
  clear(): void;
  /** Drops what has expired, which otherwise stays in memory until it is asked for or evicted. */
  dropExpired(): void;
}

export type CacheOptions<Value> = Bound<Value> & {
  /** Without it, an entry stays until it is evicted, and its user judges its age. */
  readonly expiry?: {
    /** Milliseconds; at least 2. */
    readonly ttl: number;
    readonly clock: Clock;
  };
};

type Bound<Value> =
  /** The largest number of entries. */
  | { readonly max: number }
  | {
      readonly maxBytes: number;
      /** Returns the bytes of an entry, with those of its key and its place in the cache; at least 1. */
      readonly sizeOf: (value: Value) => number;
    };

export function createCache<Value extends object | string | number | true>(
  options: CacheOptions<Value>,
): Cache<Value> {
  // The library reserves the memory of all entries at once, and fills all of it to clear the cache.
  let made: LRUCache<string, Value> | undefined;
  return {
    get: (key) => made?.get(key),
    set(key, value, lifetime) {
      made ??= createLru(options);
      made.set(key, value, lifetime === undefined ? {} : { ttl: Math.max(lifetime - 1, 1) });
    },
    has: (key) => made?.has(key) ?? false,
    peek: (key) => made?.peek(key),
    delete: (key) => made?.delete(key) ?? false,
    clear() {
      made = undefined;
    },
    dropExpired() {
      made?.purgeStale();
    },
  };
}

function createLru<Value extends object | string | number | true>({
  expiry,
  ...bound
}: CacheOptions<Value>): LRUCache<string, Value> {
  const size =
    'max' in bound ? { max: bound.max } : { maxSize: bound.maxBytes, sizeCalculation: bound.sizeOf };
  if (!expiry) return new LRUCache<string, Value>(size);
  const { ttl, clock } = expiry;
  return new LRUCache<string, Value>({
    ...size,
    // The library serves an entry whose age equals its TTL. Here an entry has ended by then, like a token by its `exp`.
    ttl: ttl - 1,
    // An operator may set the system's clock back. An entry must not live longer for it.
    perf: { now: clock.monotonic ?? (() => clock.now().getTime()) },
    // The library would reuse a reading of the clock until a timer fires, but a test moves its clock at any time.
    ttlResolution: 0,
  });
}
