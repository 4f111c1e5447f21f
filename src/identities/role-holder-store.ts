import type { Prisma, PrismaClient } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import { accessOf, taggedUsers } from './tagged-people-store.ts';

/** The values of `roles` that mean owner; `admin` is the former one. */
export const ownerRoles = ['owner', 'admin'];

/** Concurrent changes of owners wait for each other, so that two owners cannot remove each other. */
const ownersLock = 7_309_211;

/**
 * Returns whether the person is the only owner who can sign in. Until the transaction ends, no other change of owners
 * takes place.
 */
export async function isLastOwner(
  transaction: Prisma.TransactionClient,
  tags: RowTags,
  userId: string,
): Promise<boolean> {
  await transaction.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${ownersLock})::text`);
  const rows = await transaction.user.findMany({
    where: { disabledAt: null, roles: { hasSome: ownerRoles } },
  });
  const owners = rows.filter((row) => tags.believes(taggedUsers, accessOf(row)));
  return owners.some(({ id }) => id === userId) && owners.length === 1;
}

/** Returns all people with a role, the oldest first. */
export async function readRoleHolders(
  prisma: PrismaClient,
  tags: RowTags,
): Promise<readonly Prisma.UserModel[]> {
  const rows = await prisma.user.findMany({ where: { roles: { isEmpty: false } }, orderBy: { id: 'asc' } });
  return rows.filter((row) => tags.believes(taggedUsers, accessOf(row)));
}
