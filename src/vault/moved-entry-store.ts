import type { Transaction } from '../kit/database/database.ts';
import { type Entry, entryColumns, type TokenColumns } from './entry.ts';
import { saveData, tokenData } from './entry-store.ts';

/** `isBusy`: a refresh is under way, or has not noted its answer. */
export type LockedEntry = Entry & { readonly isBusy: boolean };

/** Locks and returns the entries of these identities. */
export async function lockEntries(
  transaction: Transaction,
  identityIds: readonly string[],
): Promise<readonly LockedEntry[]> {
  // SQL: the database's clock decides about leases, and Prisma has no FOR UPDATE.
  return await transaction.$queryRawUnsafe<LockedEntry[]>(
    `SELECT ${entryColumns}, coalesce(lease_until > now(), false) OR EXISTS (SELECT FROM refresh_intent i
       WHERE i.identity_id = vault_entry.identity_id AND i.version = vault_entry.version) AS "isBusy"
     FROM vault_entry WHERE identity_id = ANY($1) ORDER BY identity_id FOR UPDATE OF vault_entry`,
    [...identityIds],
  );
}

export interface MovedEntry {
  readonly identityId: string;
  readonly connectionId: string;
  readonly tokens: TokenColumns;
  readonly unverified: boolean;
  readonly now: Date;
  /** The state of the entry that it replaces. */
  readonly before: Entry['state'];
}

/** Writes the token set of another identity into the entry, in the place of the set there. */
export async function writeMoved(
  transaction: Transaction,
  { identityId, connectionId, tokens, unverified, now, before }: MovedEntry,
): Promise<void> {
  const arrived = { ...tokenData(tokens), stateSince: now, depositedAt: now, unverified };
  await transaction.vaultEntry.upsert({
    where: { identityId },
    create: { identityId, connectionId, ...arrived },
    update: { ...saveData({ tokens, now, by: 'arrival' }, before), unverified },
  });
}
