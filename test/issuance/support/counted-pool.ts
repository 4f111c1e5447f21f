import type { TestDatabase } from '../../support/database.ts';

/** Counts the statements of a test's own pool from now on. */
export function connectionOf({ pool }: TestDatabase): { queries(): number } {
  let count = 0;
  pool.on('acquire', () => {
    count += 1;
  });
  return { queries: () => count };
}
