import type { WrapCountStore } from './wrap-count-store.ts';

/**
 * NIST SP 800-38D section 8.3: with random nonces, one key may encrypt 2^32 times. The alarm comes at half of that. A
 * key is refused a little before the limit, since each process reports its count in batches.
 */
export const wrapLimits = { alarm: 2 ** 31, refused: 2 ** 32 - 2 ** 24 };

/** A key has wrapped so many data keys that it must wrap no more. */
class KeyUsedUpError extends Error {
  override readonly name = 'KeyUsedUpError';
}

/** The number of data keys that each key has wrapped, over all processes. */
export interface WrapCounts {
  /** Counts a wrapping that is about to happen. @throws KeyUsedUpError */
  count(keyId: string): void;
  /** Returns whether a key must wrap no more, as far as this process knows. */
  isUsedUp(keyId: string): boolean;
  /** Returns the count as far as this process knows it. */
  known(keyId: string): number;
  /** Adds the counts of this process to those of all, and returns the keys that have passed the alarm just now. */
  flush(): Promise<readonly string[]>;
  /** Reads the counts of all processes. */
  read(): Promise<ReadonlyMap<string, number>>;
}

export function createWrapCounts(store: WrapCountStore): WrapCounts {
  const totals = new Map<string, number>();
  const pending = new Map<string, number>();
  const known = (keyId: string) => (totals.get(keyId) ?? 0) + (pending.get(keyId) ?? 0);

  const isUsedUp = (keyId: string) => known(keyId) >= wrapLimits.refused;

  return {
    known,
    isUsedUp,
    count(keyId) {
      if (isUsedUp(keyId))
        throw new KeyUsedUpError(`key ${keyId} has sealed 2^32 values: put a new key first`);
      pending.set(keyId, (pending.get(keyId) ?? 0) + 1);
    },
    async flush() {
      const alarmed: string[] = [];
      for (const [keyId, count] of [...pending]) {
        const total = await store.add(keyId, count);
        totals.set(keyId, total);
        const left = (pending.get(keyId) ?? count) - count;
        if (left > 0) pending.set(keyId, left);
        else pending.delete(keyId);
        if (total >= wrapLimits.alarm && total - count < wrapLimits.alarm) alarmed.push(keyId);
      }
      return alarmed;
    },
    async read() {
      const stored = await store.all();
      for (const [keyId, total] of stored) totals.set(keyId, total);
      return stored;
    },
  };
}
