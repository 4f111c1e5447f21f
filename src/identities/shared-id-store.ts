import type { PrismaClient, Transaction } from '../kit/database/database.ts';
import type { SharedId } from './shared-id.ts';

/** Users who are one person by a shared id of a provider. */
export interface SharedIdStore {
  /** Returns the ids of other users with an identity that has a shared id of this user, the oldest user first. */
  samePersonAs(userId: string, spaces: Spaces): Promise<readonly string[]>;
}

/** The present space of each connection, by connection id. A shared id stored in another space does not count. */
export type Spaces = ReadonlyMap<string, string>;

export function createSharedIdStore(prisma: PrismaClient): SharedIdStore {
  return {
    samePersonAs: (userId, spaces) => samePerson(prisma, userId, spaces),
  };
}

/**
 * Returns the id of the user with an identity of this shared id at one of these connections; of several, the
 * one linked first. An advisory lock holds the id until the transaction ends, so two concurrent first
 * sign-ins of one person create one user.
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

/** Writes the shared id of an identity. The value changes when the app moves to another account of its operator. */
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

/** Returns the ids of other users with an identity that has a shared id of this user, the oldest user first. */
export async function samePerson(
  from: Transaction | PrismaClient,
  userId: string,
  spaces: Spaces,
): Promise<readonly string[]> {
  const rows = await from.$queryRaw<{ id: string }[]>`
    WITH present AS (
      SELECT * FROM unnest(${[...spaces.keys()]}::text[], ${[...spaces.values()]}::text[]) AS present (connection_id, space)
    )
    SELECT DISTINCT other.id, other.created_at FROM identity mine
    JOIN present ON present.connection_id = mine.connection_id
    JOIN shared_id own ON own.identity_id = mine.id AND own.space = present.space
    JOIN shared_id same ON same.space = own.space AND same.value = own.value
    JOIN identity theirs ON theirs.id = same.identity_id AND theirs.user_id <> mine.user_id
    JOIN present AS there ON there.connection_id = theirs.connection_id AND there.space = same.space
    JOIN "user" other ON other.id = theirs.user_id
    WHERE mine.user_id = ${userId} ORDER BY other.created_at, other.id`;
  return rows.map(({ id }) => id);
}
