import type { PrismaClient, Transaction } from '../kit/database.ts';
import type { SharedId } from './shared-id.ts';

/** Users that a provider says are one person. */
export interface SharedIdStore {
  /** Other users who have an account with a shared id of this user's, the oldest first. */
  samePersonAs(userId: string): Promise<readonly string[]>;
  /**
   * Moves all accounts of one user to another and removes the first. False: they are not one person, or one of them is
   * gone or disabled.
   */
  merge(into: string, from: string): Promise<boolean>;
}

export function createSharedIdStore(prisma: PrismaClient): SharedIdStore {
  return {
    samePersonAs: (userId) => samePerson(prisma, userId),
    merge: (into, from) =>
      prisma.$transaction(async (transaction) => {
        // In one order, so that two merges do not wait for each other.
        const both = await transaction.$queryRaw<unknown[]>`SELECT id FROM "user"
          WHERE id IN (${into}, ${from}) AND disabled_at IS NULL ORDER BY id FOR UPDATE`;
        if (both.length < 2 || !(await samePerson(transaction, into)).includes(from)) return false;
        await transaction.$executeRaw`UPDATE identity SET user_id = ${into} WHERE user_id = ${from}`;
        return (await transaction.user.deleteMany({ where: { id: from } })).count === 1;
      }),
  };
}

/**
 * The user with an account of this shared id at another connection: the one whose account was linked first. One app
 * knows a person by one subject, so a second one with the same shared id is odd and joins nobody in silence. Until the transaction ends,
 * nobody else settles the same id, so that two first sign-ins of one person at once make one user.
 */
export async function ownerOf(
  transaction: Transaction,
  connectionId: string,
  { space, value }: SharedId,
): Promise<string | undefined> {
  await transaction.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${`${space} ${value}`}, 0))`;
  const [first] = await transaction.identity.findMany({
    where: { connectionId: { not: connectionId }, sharedIds: { some: { space, value } } },
    orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }],
    select: { userId: true },
    take: 1,
  });
  return first?.userId;
}

/** An app that moves to another account of its operator's brings another value. */
export async function keepSharedId(
  transaction: Transaction,
  identityId: string,
  { space, value }: SharedId,
): Promise<void> {
  const key = { identityId_space: { identityId, space } };
  await transaction.sharedId.upsert({
    where: key,
    create: { identityId, space, value },
    update: { value },
  });
}

async function samePerson(from: Transaction | PrismaClient, userId: string): Promise<readonly string[]> {
  const rows = await from.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT other.id, other.created_at FROM identity mine
    JOIN shared_id held ON held.identity_id = mine.id
    JOIN shared_id same ON same.space = held.space AND same.value = held.value
    JOIN identity theirs ON theirs.id = same.identity_id AND theirs.user_id <> mine.user_id
    JOIN "user" other ON other.id = theirs.user_id
    WHERE mine.user_id = ${userId} ORDER BY other.created_at, other.id`;
  return rows.map(({ id }) => id);
}
