import type { PrismaClient, Transaction } from '../kit/database/database.ts';
import type { SharedId } from './shared-id.ts';

/** Users that a provider says are one person. */
export interface SharedIdStore {
  /** Other users who have an account with a shared id of this user's, the oldest first. */
  samePersonAs(userId: string, spaces: Spaces): Promise<readonly string[]>;
}

/** By connection id: what was kept in another space than the connection is in now does not count. */
export type Spaces = ReadonlyMap<string, string>;

export function createSharedIdStore(prisma: PrismaClient): SharedIdStore {
  return {
    samePersonAs: (userId, spaces) => samePerson(prisma, userId, spaces),
  };
}

/**
 * The user with an account of this shared id at one of these connections: the one whose account was linked first. Until
 * the transaction ends, nobody else settles the same id, so that two first sign-ins of one person at once make one user.
 */
export async function ownerOf(
  transaction: Transaction,
  connectionIds: readonly string[],
  { space, value }: SharedId,
): Promise<string | undefined> {
  await transaction.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${`${space} ${value}`}, 0))`;
  const [first] = await transaction.identity.findMany({
    where: { connectionId: { in: [...connectionIds] }, sharedIds: { some: { space, value } } },
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

export async function samePerson(
  from: Transaction | PrismaClient,
  userId: string,
  spaces: Spaces,
): Promise<readonly string[]> {
  const rows = await from.$queryRaw<{ id: string }[]>`
    WITH now AS (
      SELECT * FROM unnest(${[...spaces.keys()]}::text[], ${[...spaces.values()]}::text[]) AS now (connection_id, space)
    )
    SELECT DISTINCT other.id, other.created_at FROM identity mine
    JOIN now ON now.connection_id = mine.connection_id
    JOIN shared_id held ON held.identity_id = mine.id AND held.space = now.space
    JOIN shared_id same ON same.space = held.space AND same.value = held.value
    JOIN identity theirs ON theirs.id = same.identity_id AND theirs.user_id <> mine.user_id
    JOIN now AS there ON there.connection_id = theirs.connection_id AND there.space = same.space
    JOIN "user" other ON other.id = theirs.user_id
    WHERE mine.user_id = ${userId} ORDER BY other.created_at, other.id`;
  return rows.map(({ id }) => id);
}
