import type { PrismaClient, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { SharedId } from './shared-id.ts';
import { taggedIdentities, taggedSharedIds } from './tagged-people-store.ts';

/** Users who are one person by a shared id of a provider. */
export interface SharedIdStore {
  /** Returns the ids of other users with an identity that has a shared id of this user, the oldest user first. */
  samePersonAs(userId: string, spaces: Spaces): Promise<readonly string[]>;
}

/** The present space of each connection, by connection id. A shared id stored in another space does not count. */
export type Spaces = ReadonlyMap<string, string>;

export function createSharedIdStore(prisma: PrismaClient, tags: RowTags): SharedIdStore {
  return {
    samePersonAs: (userId, spaces) => samePerson(prisma, tags, { userId, spaces }),
  };
}

/** The lock of a shared id: the first of two concurrent arrivals of one person creates the user. */
export function sharedLockOf({ space, value }: SharedId): string {
  return `${space} ${value}`;
}

/**
 * Returns the id of the user with an identity of this shared id at one of these connections; of several, the
 * one linked first. An advisory lock holds the id until the transaction ends, so two concurrent first
 * sign-ins of one person create one user.
 */
export async function ownerOf(
  transaction: Transaction,
  tags: RowTags,
  { connectionIds, shared }: { readonly connectionIds: readonly string[]; readonly shared: SharedId },
): Promise<string | undefined> {
  const { space, value } = shared;
  await transaction.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${sharedLockOf(shared)}, 0))`;
  const rows = await transaction.identity.findMany({
    where: { connectionId: { in: [...connectionIds] }, sharedIds: { some: { space, value } } },
    orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }],
    include: { sharedIds: { where: { space, value } } },
  });
  const believed = rows.find(
    (row) =>
      tags.believes(taggedIdentities, row) &&
      row.sharedIds.some((sharedId) => tags.believes(taggedSharedIds, sharedId)),
  );
  return believed?.userId;
}

/** Writes the shared id of an identity. The value changes when the app moves to another account of its operator. */
export async function keepSharedId(
  transaction: Transaction,
  tags: RowTags,
  { identityId, shared }: { readonly identityId: string; readonly shared: SharedId },
): Promise<void> {
  const { space, value } = shared;
  const tag = tags.tag(taggedSharedIds, { identityId, space, value });
  const key = { identityId_space: { identityId, space } };
  await transaction.sharedId.upsert({
    where: key,
    create: { identityId, space, value, tag },
    update: { value, tag },
  });
}

/** Returns the ids of other users with an identity that has a shared id of this user, the oldest user first. */
export async function samePerson(
  from: Transaction | PrismaClient,
  tags: RowTags,
  { userId, spaces }: { readonly userId: string; readonly spaces: Spaces },
): Promise<readonly string[]> {
  const rows = await from.$queryRaw<SameRow[]>`
    WITH present AS (
      SELECT * FROM unnest(${[...spaces.keys()]}::text[], ${[...spaces.values()]}::text[]) AS present (connection_id, space)
    )
    SELECT other.id, mine.id AS mine, theirs.id AS theirs, own.space FROM identity mine
    JOIN present ON present.connection_id = mine.connection_id
    JOIN shared_id own ON own.identity_id = mine.id AND own.space = present.space
    JOIN shared_id same ON same.space = own.space AND same.value = own.value
    JOIN identity theirs ON theirs.id = same.identity_id AND theirs.user_id <> mine.user_id
    JOIN present AS there ON there.connection_id = theirs.connection_id AND there.space = same.space
    JOIN "user" other ON other.id = theirs.user_id
    WHERE mine.user_id = ${userId} ORDER BY other.created_at, other.id`;
  if (rows.length === 0) return [];
  const identityIds = [...new Set(rows.flatMap(({ mine, theirs }) => [mine, theirs]))];
  const found = await from.identity.findMany({
    where: { id: { in: identityIds } },
    include: { sharedIds: true },
  });
  const believed = new Set(
    found
      .filter((row) => tags.believes(taggedIdentities, row))
      .flatMap(({ sharedIds }) => sharedIds.filter((row) => tags.believes(taggedSharedIds, row)))
      .map(({ identityId, space }) => `${identityId} ${space}`),
  );
  const same = rows.filter(
    ({ mine, theirs, space }) => believed.has(`${mine} ${space}`) && believed.has(`${theirs} ${space}`),
  );
  return [...new Set(same.map(({ id }) => id))];
}

/** Another user, and the two identities that share an id in a space. */
interface SameRow {
  readonly id: string;
  readonly mine: string;
  readonly theirs: string;
  readonly space: string;
}
