import { randomInt } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * The revocations of one kind in the memory of this process: about 110 bytes each, outside the heap, where a `Map` of strings
 * needs several times as much and stops the process for seconds to walk over a million. Values are compared byte by byte, so that
 * none is taken for another. Times are in whole seconds since 1970.
 */
export interface RevokedNames {
  readonly size: number;
  /** The memory of all, nearly. */
  readonly bytes: number;
  /** Adds a revocation. The later time of the two counts. */
  put(value: string, times: RevokedTimes): void;
  has(value: string): boolean;
  /** Returns the time of the revocation; -1, which is before every token, without one. */
  at(value: string): number;
  /** Begins a comparison with the table: `unseen` gives the revocations that were not put again since. */
  beginLoad(): void;
  /** Yields the unseen revocations that were made at or after `since` and end after `now`, in short turns. */
  unseen(since: number, now: number): AsyncGenerator<RevokedTimes & { readonly value: string }>;
  /** Drops those that have ended, in short turns. */
  dropEnded(now: number): Promise<void>;
}

export interface RevokedTimes {
  readonly at: number;
  readonly until: number;
}

interface Shard {
  /** Five numbers for each place: hash, position in `bytes` + 1 (0: the place is free), at, until, load. */
  places: Uint32Array;
  used: number;
  /** Each value in UTF-8, after its length in two bytes. */
  bytes: Buffer;
  filled: number;
  /** No revocation of this shard ends earlier. */
  earliest: number;
}

const width = 5;
/** A shard of a million revocations has 4,000 of them, which are moved within a millisecond. */
const shards = 256;
const firstPlaces = 8;
const firstBytes = 256;

export function createRevokedNames(): RevokedNames {
  const seed = randomInt(2 ** 32);
  const all = new Array<Shard | undefined>(shards).fill(undefined);
  let size = 0;
  let load = 0;

  const shardOf = (hash: number) => all[hash >>> 24];
  const find = (value: string) => {
    if (size === 0) return undefined;
    const hash = hashOf(value, seed);
    const shard = shardOf(hash);
    const place = shard && placeOf(shard, hash, value);
    return shard && place !== undefined && shard.places[place + 1] !== 0 ? { shard, place } : undefined;
  };

  return {
    get size() {
      return size;
    },
    get bytes() {
      return all.reduce(
        (sum, shard) => sum + (shard ? shard.places.byteLength + shard.bytes.byteLength : 0),
        0,
      );
    },
    put(value, { at, until }) {
      const hash = hashOf(value, seed);
      const shard = shardOf(hash) ?? emptyShard(firstPlaces, firstBytes);
      all[hash >>> 24] = shard;
      const place = placeOf(shard, hash, value);
      if (shard.places[place + 1] !== 0) {
        const { places } = shard;
        places[place + 2] = Math.max(at, places[place + 2] ?? 0);
        places[place + 3] = Math.max(until, places[place + 3] ?? 0);
        places[place + 4] = load;
        return;
      }
      size += 1;
      insert(shard, { hash, value: Buffer.from(value), at, until, load });
      if (shard.used * 4 > (shard.places.length / width) * 3) shard.places = doubled(shard.places);
    },
    has: (value) => find(value) !== undefined,
    at(value) {
      const found = find(value);
      return found?.shard.places[found.place + 2] ?? -1;
    },
    beginLoad() {
      load += 1;
    },
    async *unseen(since, now) {
      const asOf = load;
      for (const shard of all) {
        if (!shard) continue;
        yield* unseenIn(shard, { since, now, asOf });
        await nextTurn();
      }
    },
    async dropEnded(now) {
      for (const [index, shard] of all.entries()) {
        if (!shard || shard.earliest > now) continue;
        const kept = rebuilt(shard, now);
        size -= shard.used - kept.used;
        all[index] = kept.used === 0 ? undefined : kept;
        await nextTurn();
      }
    },
  };
}

/** FNV-1a with a seed of the process, and the last steps of MurmurHash3. It only finds the place. */
function hashOf(value: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < value.length; index += 1)
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function emptyShard(places: number, bytes: number): Shard {
  return {
    places: new Uint32Array(places * width),
    used: 0,
    // Not from the pool of small buffers, which would be kept for as long.
    bytes: Buffer.allocUnsafeSlow(bytes),
    filled: 0,
    earliest: Number.POSITIVE_INFINITY,
  };
}

/** Returns the place of the value, or the free one where it belongs. A shard always has a free place. */
function placeOf({ places, bytes }: Shard, hash: number, value: string): number {
  const mask = places.length / width - 1;
  for (let index = hash & mask; ; index = (index + 1) & mask) {
    const place = index * width;
    const position = places[place + 1];
    if (position === 0) return place;
    if (places[place] === hash && textAt(bytes, position ?? 0) === value) return place;
  }
}

function textAt(bytes: Buffer, position: number): string {
  const start = position + 1;
  return bytes.toString('utf8', start, start + bytes.readUInt16LE(position - 1));
}

function freePlace(places: Uint32Array, hash: number): number {
  const mask = places.length / width - 1;
  let index = hash & mask;
  while (places[index * width + 1] !== 0) index = (index + 1) & mask;
  return index * width;
}

function doubled(places: Uint32Array): Uint32Array {
  const next = new Uint32Array(places.length * 2);
  for (let place = 0; place < places.length; place += width) {
    if (places[place + 1] === 0) continue;
    const free = freePlace(next, places[place] ?? 0);
    for (let index = 0; index < width; index += 1) next[free + index] = places[place + index] ?? 0;
  }
  return next;
}

interface Given extends RevokedTimes {
  readonly hash: number;
  readonly value: Uint8Array;
  readonly load: number;
}

function insert(shard: Shard, { hash, value, at, until, load }: Given): void {
  const { places, filled } = shard;
  const needed = filled + 2 + value.byteLength;
  if (needed > shard.bytes.byteLength) {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(shard.bytes.byteLength * 1.5)));
    shard.bytes.copy(larger, 0, 0, filled);
    shard.bytes = larger;
  }
  shard.bytes.writeUInt16LE(value.byteLength, filled);
  shard.bytes.set(value, filled + 2);
  places.set([hash, filled + 1, at, until, load], freePlace(places, hash));
  shard.filled = needed;
  shard.used += 1;
  shard.earliest = Math.min(shard.earliest, until);
}

function unseenIn(
  { places, bytes }: Shard,
  { since, now, asOf }: { readonly since: number; readonly now: number; readonly asOf: number },
) {
  const found: (RevokedTimes & { readonly value: string })[] = [];
  for (let place = 0; place < places.length; place += width) {
    const position = places[place + 1] ?? 0;
    const at = places[place + 2] ?? 0;
    const until = places[place + 3] ?? 0;
    if (position === 0 || (places[place + 4] ?? 0) >= asOf || at < since || until <= now) continue;
    found.push({ value: textAt(bytes, position), at, until });
  }
  return found;
}

/** Returns the shard without what has ended. */
function rebuilt(shard: Shard, now: number): Shard {
  const { places, bytes } = shard;
  let kept = 0;
  let length = 0;
  for (let place = 0; place < places.length; place += width) {
    const position = places[place + 1] ?? 0;
    if (position === 0 || (places[place + 3] ?? 0) <= now) continue;
    kept += 1;
    length += 2 + bytes.readUInt16LE(position - 1);
  }
  let room = firstPlaces;
  while (kept * 2 > room) room *= 2;
  const next = emptyShard(room, Math.max(firstBytes, Math.ceil(length * 1.25)));
  for (let place = 0; place < places.length; place += width) {
    const position = places[place + 1] ?? 0;
    const until = places[place + 3] ?? 0;
    if (position === 0 || until <= now) continue;
    const start = position + 1;
    insert(next, {
      hash: places[place] ?? 0,
      value: bytes.subarray(start, start + bytes.readUInt16LE(position - 1)),
      at: places[place + 2] ?? 0,
      until,
      load: places[place + 4] ?? 0,
    });
  }
  return next;
}
