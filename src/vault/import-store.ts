import type { PrismaClient } from '../kit/database/database.ts';
import type { TokenColumns } from './entry.ts';
import { tokenData } from './entry-store.ts';

/** Inserts new entries by the hundred. */
export interface EntryImportStore {
  /** Returns the ids that were inserted. An entry that exists stays as it is. */
  insertMany(entries: readonly NewEntry[], now: Date): Promise<ReadonlySet<string>>;
}

export interface NewEntry extends TokenColumns {
  readonly identityId: string;
  readonly connectionId: string;
}

export function createEntryImportStore(prisma: PrismaClient): EntryImportStore {
  return {
    async insertMany(entries, now) {
      const rows = await prisma.vaultEntry.createManyAndReturn({
        data: entries.map(({ identityId, connectionId, ...tokens }) => ({
          ...{ identityId, connectionId },
          ...tokenData(tokens),
          ...{ depositedAt: now, stateSince: now },
        })),
        skipDuplicates: true,
        select: { identityId: true },
      });
      return new Set(rows.map(({ identityId }) => identityId));
    },
  };
}
