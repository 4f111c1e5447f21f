import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';

/** A bounded cache in the memory of this process. The entry that was used least recently is evicted first. */
export type Cache<Value extends object | string | number | true> = Pick<
  LRUCache<string, Value>,
  'get' | 'set' | 'has' | 'peek' | 'delete' | 'clear'
>;

export interface CacheOptions {
  /** The largest number of entries. */
  readonly max: number;
  /** Without it, an entry stays until it is evicted, and its user judges its age. */
  readonly expiry?: {
    /** Milliseconds; at least 2. */
    readonly ttl: number;
    readonly clock: Clock;
  };
}

export function createCache<Value extends object | string | number | true>({
  max,
  expiry,
}: CacheOptions): Cache<Value> {
  if (!expiry) return new LRUCache<string, Value>({ max });
  const { ttl, clock } = expiry;
  return new LRUCache<string, Value>({
    max,
    // The library serves an entry whose age equals its TTL. Here an entry has ended by then, like a token by its `exp`.
    ttl: ttl - 1,
    // An operator may set the system's clock back. An entry must not live longer for it.
    perf: { now: clock.monotonic ?? (() => clock.now().getTime()) },
    // The library would reuse a reading of the clock until a timer fires, but a test moves its clock at any time.
    ttlResolution: 0,
  });
}
