/** A statement over all rows of a large table would run, and keep its dead rows, for minutes. */
const mostBatches = 400;

/**
 * Repeats a statement that changes at most `size` rows, until it finds fewer or has run 400 times. The rest is left to the next
 * run of its job. The statement finds its rows by `ctid = ANY (ARRAY (SELECT ctid … FOR UPDATE))` and no further
 * condition: PostgreSQL would plan for the few rows that its statistics know of, and take a minute where a million are due.
 */
export async function inBatches(size: number, change: (size: number) => Promise<number>): Promise<void> {
  for (let runs = 0; runs < mostBatches; runs += 1) if ((await change(size)) < size) return;
}
