import { refreshBuckets } from '../kit/metrics.ts';

/**
 * Returns the milliseconds below which a share of the durations is, estimated within its bucket. Null: there is no
 * duration. A duration above the last bound counts as that bound.
 */
export function percentile(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = share * total;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    const upper = refreshBuckets[index];
    if (upper === undefined) break;
    if (count > 0 && below + count >= wanted) {
      const lower = refreshBuckets[index - 1] ?? 0;
      return Math.round(1_000 * (lower + ((wanted - below) / count) * (upper - lower)));
    }
    below += count;
  }
  return 1_000 * (refreshBuckets.at(-1) ?? 0);
}

/** Returns the sums of two lists of buckets. */
export function addedBuckets(one: readonly number[], other: readonly number[]): number[] {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, index) => (one[index] ?? 0) + (other[index] ?? 0));
}
