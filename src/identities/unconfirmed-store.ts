import type { Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey } from './identity-key.ts';
import { taggedIdentities } from './tagged-people-store.ts';

/** The lock of an id at a connection, of which an import may not know whether it is a subject. */
export function lockNameOf({ connectionId, subject }: Pick<IdentityKey, 'connectionId' | 'subject'>): string {
  return JSON.stringify(['unconfirmed', connectionId, subject]);
}

/** SQL: takes the locks of the names in `$1`, in one order, until the transaction ends. */
export const takeLocks = (names: string) => `SELECT pg_advisory_xact_lock(key)::text
  FROM (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(${names}) AS name ORDER BY key) AS locks`;

/**
 * Waits for imports and sign-ins with these ids, and lets others wait until the transaction ends. A transaction takes all of its
 * locks at once, or two could wait for each other.
 */
export async function lockUnconfirmed(transaction: Transaction, keys: readonly IdentityKey[]): Promise<void> {
  if (keys.length === 0) return;
  await transaction.$queryRawUnsafe(takeLocks('$1::text[]'), keys.map(lockNameOf));
}

/** Returns the owner of an unconfirmed identity with one of these keys; of several, the one linked first. */
export async function ownerOfUnconfirmed(
  transaction: Transaction,
  tags: RowTags,
  keys: readonly IdentityKey[],
): Promise<string | undefined> {
  if (keys.length === 0) return undefined;
  const rows = await transaction.identity.findMany({
    where: { OR: keys.map((key) => ({ ...key })) },
    orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }],
  });
  return rows.find((row) => tags.believes(taggedIdentities, row))?.userId;
}
