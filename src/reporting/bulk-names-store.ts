import { z } from 'zod';
import type { Prisma, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import { taggedBulkJobs } from './bulk-store.ts';

const dropped = '…';
const search = z.looseObject({ filter: z.looseObject({ q: z.string() }) });

/**
 * Returns the step of an erasure that takes the names of the person out of bulk jobs: out of their reasons, and out of
 * their search words. A job that still looks for its rows needs its words, and is left alone.
 */
export function createForgetNames(
  tags: RowTags,
): (transaction: Transaction, names: readonly string[]) => Promise<void> {
  return async (transaction, given) => {
    // A name of one letter is part of every text.
    const names = given.map((name) => name.trim()).filter((name) => name.length > 1);
    if (names.length === 0) return;
    const rows = await transaction.bulkJob.findMany({ where: { state: { not: 'preparing' } } });
    for (const row of rows) {
      const without = { reason: row.reason && reasonWithout(row.reason, names), selection: row.selection };
      const found = search.safeParse(row.selection);
      if (found.success && isAbout(found.data.filter.q, names))
        without.selection = {
          ...found.data,
          filter: { ...found.data.filter, q: dropped },
        } as Prisma.JsonObject;
      if (without.reason === row.reason && without.selection === row.selection) continue;
      const selection = without.selection as Prisma.InputJsonObject;
      // Another hand's row does not become believed by this.
      const tag = tags.believes(taggedBulkJobs, row)
        ? tags.tag(taggedBulkJobs, { ...row, ...without })
        : row.tag;
      await transaction.bulkJob.update({ where: { id: row.id }, data: { ...without, selection, tag } });
    }
  };
}

function reasonWithout(reason: string, names: readonly string[]): string {
  return names.reduce((text, name) => text.replace(new RegExp(literal(name), 'giu'), dropped), reason);
}

const literal = (text: string) => text.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&');

/** The words may be a part of a name, or more than one. */
function isAbout(words: string, names: readonly string[]): boolean {
  const sought = words.toLowerCase();
  return names.some((name) => {
    const known = name.toLowerCase();
    return known.includes(sought) || sought.includes(known);
  });
}
