import type { PrismaClient } from '../kit/database/database.ts';
import type { TokenColumns } from './entry.ts';
import { tokenData } from './entry-store.ts';
import { lockOwners } from './owner-store.ts';

/** Inserts new entries by the hundred. */
export interface EntryImportStore {
  /** An entry that exists stays as it is. */
  insertMany(entries: readonly NewEntry[], now: Date): Promise<InsertedEntries>;
}

export interface InsertedEntries {
  readonly inserted: ReadonlySet<string>;
  /** The identities that have another owner than the one that the tokens are sealed for, or are gone. */
  readonly moved: ReadonlySet<string>;
}

export interface NewEntry extends TokenColumns {
  readonly identityId: string;
  readonly connectionId: string;
}

export function createEntryImportStore(prisma: PrismaClient): EntryImportStore {
  return {
    insertMany: (entries, now) =>
      prisma.$transaction(async (transaction) => {
        const unmoved = await lockOwners(transaction, entries);
        const rows = await transaction.vaultEntry.createManyAndReturn({
          data: entries
            .filter(({ identityId }) => unmoved.has(identityId))
            .map(({ identityId, connectionId, ...tokens }) => ({
              ...{ identityId, connectionId },
              ...tokenData(tokens),
              ...{ depositedAt: now, stateSince: now },
            })),
          skipDuplicates: true,
          select: { identityId: true },
        });
        const ids = entries.map(({ identityId }) => identityId);
        return {
          inserted: new Set(rows.map(({ identityId }) => identityId)),
          moved: new Set(ids.filter((id) => !unmoved.has(id))),
        };
      }),
  };
}
