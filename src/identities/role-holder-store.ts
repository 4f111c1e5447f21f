import type { Prisma, PrismaClient } from '../kit/database/database.ts';

/** The values of `roles` that mean owner; `admin` is the former one. */
export const ownerRoles = ['owner', 'admin'];

/** Concurrent changes of owners wait for each other, so that two owners cannot remove each other. */
const ownersLock = 7_309_211;

/**
 * Returns whether the person is the only owner who can sign in. Until the transaction ends, no other change of owners
 * takes place.
 */
export async function isLastOwner(transaction: Prisma.TransactionClient, userId: string): Promise<boolean> {
  await transaction.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${ownersLock})::text`);
  const owners = await transaction.user.findMany({
    where: { disabledAt: null, roles: { hasSome: ownerRoles } },
    select: { id: true },
  });
  return owners.some(({ id }) => id === userId) && owners.length === 1;
}

/** Returns all people with a role, the oldest first. */
export function readRoleHolders(prisma: PrismaClient): Promise<readonly Prisma.UserModel[]> {
  return prisma.user.findMany({ where: { roles: { isEmpty: false } }, orderBy: { id: 'asc' } });
}
