import { z } from 'zod';
import type { Prisma, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import { type Spaces, samePerson } from './shared-id-store.ts';
import { accessOf, moveIdentities, taggedUsers } from './tagged-people-store.ts';

/** The statements that remove identities and users. Each runs in a transaction that `offboarding` opens. */
export interface IdentityRemovals {
  /** Locks the user's row, so that of two concurrent removals the second sees the result of the first. */
  lockUser(transaction: Transaction, userId: string): Promise<void>;
  /** Reads, without a lock, the identities of a user. */
  ofUser(transaction: Transaction, userId: string): Promise<readonly LinkedAt[]>;
  lock(transaction: Transaction, identityId: string): Promise<readonly LockedIdentity[]>;
  lockOfUser(transaction: Transaction, userId: string): Promise<readonly LockedIdentity[]>;
  /** Returns the names, addresses and subjects by which the user is known. */
  namesOf(transaction: Transaction, userId: string): Promise<readonly string[]>;
  /** Locks at most 5000 identities of a connection. Returns an empty list when none is left. */
  lockBatchOf(transaction: Transaction, connectionId: string): Promise<readonly LockedIdentity[]>;
  remove(transaction: Transaction, identityIds: readonly string[]): Promise<void>;
  /** Returns how many of these users have no identity. */
  countWithoutIdentity(transaction: Transaction, userIds: readonly string[]): Promise<number>;
  /** Returns how many identities a connection has, and how many users have no identity elsewhere. */
  countOf(
    transaction: Transaction,
    connectionId: string,
  ): Promise<{ readonly identities: number; readonly onlyThere: number }>;
  /** Deletes the user with their identities. Returns false if there is no such user. */
  removeUser(transaction: Transaction, userId: string): Promise<boolean>;
  /**
   * Moves all identities of `from` to `into` and deletes `from`. Returns false, with nothing changed, unless both users
   * exist, are enabled and share an id by which a provider says that they are one person.
   */
  merge(transaction: Transaction, users: { into: string; from: string }, spaces: Spaces): Promise<boolean>;
}

export type LockedIdentity = Pick<
  Prisma.IdentityModel,
  'id' | 'userId' | 'connectionId' | 'issuer' | 'subject'
>;
export type LinkedAt = Pick<Prisma.IdentityModel, 'id' | 'connectionId' | 'issuer'>;

const batchSize = 5_000;
const texts = z.record(z.string(), z.string()).catch({});

export function createIdentityRemovals(tags: RowTags): IdentityRemovals {
  return {
    async lockUser(transaction, userId) {
      await transaction.$queryRaw`SELECT id FROM "user" WHERE id = ${userId} FOR UPDATE`;
    },
    ofUser: (transaction, userId) =>
      transaction.identity.findMany({
        where: { userId },
        select: { id: true, connectionId: true, issuer: true },
      }),
    lock: (transaction, identityId) =>
      transaction.$queryRaw<LockedIdentity[]>`
        SELECT id, user_id AS "userId", connection_id AS "connectionId", issuer, subject FROM identity
        WHERE id = ${identityId} FOR UPDATE`,
    lockOfUser: (transaction, userId) =>
      transaction.$queryRaw<LockedIdentity[]>`
        SELECT id, user_id AS "userId", connection_id AS "connectionId", issuer, subject FROM identity
        WHERE user_id = ${userId} ORDER BY id FOR UPDATE`,
    async namesOf(transaction, userId) {
      const user = await transaction.user.findUnique({
        where: { id: userId },
        select: {
          name: true,
          identities: { select: { name: true, email: true, subject: true, alternates: true } },
        },
      });
      if (!user) return [];
      const ofAccounts = user.identities.flatMap(({ name, email, subject, alternates }) => [
        ...[name, email, subject],
        ...Object.values(texts.parse(alternates)),
      ]);
      return [...new Set([user.name, ...ofAccounts].filter((name) => name !== null))];
    },
    lockBatchOf: (transaction, connectionId) =>
      transaction.$queryRaw<LockedIdentity[]>`
        SELECT id, user_id AS "userId", connection_id AS "connectionId", issuer, subject FROM identity
        WHERE connection_id = ${connectionId} ORDER BY id LIMIT ${batchSize} FOR UPDATE`,
    async remove(transaction, identityIds) {
      await transaction.$executeRaw`DELETE FROM identity WHERE id = ANY(${[...identityIds]})`;
    },
    async countWithoutIdentity(transaction, userIds) {
      const rows = await transaction.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int FROM (SELECT DISTINCT unnest(${[...userIds]}::text[]) AS id) AS asked
        WHERE NOT EXISTS (SELECT 1 FROM identity WHERE identity.user_id = asked.id)`;
      return rows[0]?.count ?? 0;
    },
    async countOf(transaction, connectionId) {
      const rows = await transaction.$queryRaw<{ identities: number; onlyThere: number }[]>`
        SELECT count(*)::int AS identities, (count(DISTINCT user_id) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM identity AS other
            WHERE other.user_id = identity.user_id AND other.connection_id <> ${connectionId})))::int AS "onlyThere"
        FROM identity WHERE connection_id = ${connectionId}`;
      return rows[0] ?? { identities: 0, onlyThere: 0 };
    },
    removeUser: async (transaction, userId) =>
      (await transaction.user.deleteMany({ where: { id: userId } })).count === 1,
    async merge(transaction, { into, from }, spaces) {
      // The rows are locked in one order, so that two merges of the same users do not deadlock.
      await transaction.$queryRaw`SELECT id FROM "user" WHERE id IN (${into}, ${from}) ORDER BY id FOR UPDATE`;
      const both = await transaction.user.findMany({ where: { id: { in: [into, from] }, disabledAt: null } });
      if (both.filter((row) => tags.believes(taggedUsers, accessOf(row))).length < 2) return false;
      if (!(await samePerson(transaction, tags, { userId: into, spaces })).includes(from)) return false;
      const rows = await transaction.identity.findMany({ where: { userId: from } });
      await moveIdentities(transaction, tags, { rows, to: { userId: into } });
      return (await transaction.user.deleteMany({ where: { id: from } })).count === 1;
    },
  };
}
