import type { Prisma, PrismaClient, Transaction } from '../kit/database/database.ts';

/** How identities go: whoever has something hanging on them is told before, in the same transaction. */
export interface IdentityRemovals {
  removeUser(id: string, before: BeforeRemoval): Promise<boolean>;
  /** Unlinks one of a user's identities while at least one of a connection in `signIn` stays. */
  removeUnlessLast(
    userId: string,
    id: string,
    rules: { readonly signIn: readonly string[]; readonly before: BeforeRemoval },
  ): Promise<'removed' | 'last' | 'unknown'>;
  /** Within the transaction that removes the connection. */
  removeAllAt(transaction: Transaction, connectionId: string, before: BeforeRemoval): Promise<Removed>;
}

export type LeavingRow = Pick<Prisma.IdentityModel, 'id' | 'userId' | 'connectionId' | 'subject'>;

/** Told of the rows that go, all of them locked. Answers how many grants leave with them. */
export type BeforeRemoval = (transaction: Transaction, leaving: readonly LeavingRow[]) => Promise<number>;

export interface Removed {
  readonly identities: number;
  readonly grants: number;
}

const manyAtOnce = 5_000;

export function createIdentityRemovals(prisma: PrismaClient): IdentityRemovals {
  return {
    removeUser: (id, before) =>
      prisma.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT id FROM "user" WHERE id = ${id} FOR UPDATE`;
        const leaving = await transaction.$queryRaw<LeavingRow[]>`
          SELECT id, user_id AS "userId", connection_id AS "connectionId", subject FROM identity
          WHERE user_id = ${id} ORDER BY id FOR UPDATE`;
        await before(transaction, leaving);
        return (await transaction.user.deleteMany({ where: { id } })).count === 1;
      }),

    removeUnlessLast: (userId, id, { signIn, before }) =>
      prisma.$transaction(async (transaction) => {
        // The user's row is the lock: of two unlinks at once, the second sees what the first has left.
        await transaction.$queryRaw`SELECT id FROM "user" WHERE id = ${userId} FOR UPDATE`;
        const mine = await transaction.identity.findMany({
          where: { userId },
          select: { id: true, connectionId: true },
        });
        if (!mine.some((identity) => identity.id === id)) return 'unknown';
        const others = mine.filter((identity) => identity.id !== id);
        if (!others.some(({ connectionId }) => signIn.includes(connectionId))) return 'last';
        const leaving = await transaction.$queryRaw<LeavingRow[]>`
          SELECT id, user_id AS "userId", connection_id AS "connectionId", subject FROM identity
          WHERE id = ${id} FOR UPDATE`;
        await before(transaction, leaving);
        await transaction.identity.deleteMany({ where: { id } });
        return 'removed';
      }),

    async removeAllAt(transaction, connectionId, before) {
      const removed = { identities: 0, grants: 0 };
      for (;;) {
        const leaving = await transaction.$queryRaw<LeavingRow[]>`
          SELECT id, user_id AS "userId", connection_id AS "connectionId", subject FROM identity
          WHERE connection_id = ${connectionId} ORDER BY id LIMIT ${manyAtOnce} FOR UPDATE`;
        if (leaving.length === 0) return removed;
        removed.grants += await before(transaction, leaving);
        removed.identities += leaving.length;
        await transaction.$executeRaw`DELETE FROM identity WHERE id = ANY(${leaving.map(({ id }) => id)})`;
      }
    },
  };
}
