import type { Prisma, PrismaClient, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey } from './identity-store.ts';
import type { KeyedIdentity } from './subject-moves-store.ts';
import { accessOf, moveIdentities, taggedIdentities, taggedUsers } from './tagged-people-store.ts';

/** Identities that an import stored under an id that no sign-in produces, and their merge with the right ones. */
export interface MistakenIdentities {
  /** Returns identities of a connection after this id, by id. `last`: the id to go on from; undefined: none is left. */
  after(connectionId: string, id: string, limit: number): Promise<IdentityPage>;
  /** Returns the identity with the first of these keys that exists. */
  findByKeys(keys: readonly IdentityKey[]): Promise<KeyedIdentity | undefined>;
  /** Returns the reason why the users of these identities cannot be merged. Undefined: they can, or are one user. */
  objection(pair: MistakenPair): Promise<MergeObjection | undefined>;
  /** Locks both users and identities, and returns the same. */
  lock(transaction: Transaction, pair: MistakenPair): Promise<MergeObjection | undefined>;
  /** Gives the other identities of the imported user to the other user. */
  moveOthers(transaction: Transaction, pair: MistakenPair): Promise<void>;
}

export interface IdentityPage {
  readonly identities: readonly KeyedIdentity[];
  readonly last: string | undefined;
}

/** Two identities of one account: the imported one, and the one of the person's own sign-in. */
export interface MistakenPair {
  readonly wrong: KeyedIdentity;
  readonly right: KeyedIdentity;
}

/** `has_role`: a merge would give the other's accounts the role. `changed`: an identity is not as it was read. */
export type MergeObjection = 'user_disabled' | 'has_role' | 'changed';

type Client = PrismaClient | Transaction;

export function createMistakenIdentities(prisma: PrismaClient, tags: RowTags): MistakenIdentities {
  const believed = (row: Prisma.IdentityModel) => tags.believes(taggedIdentities, row);

  async function objection(client: Client, { wrong, right }: MistakenPair) {
    const found = await client.identity.findMany({ where: { id: { in: [wrong.id, right.id] } } });
    const isUnchanged = (identity: KeyedIdentity) =>
      found.some((row) => believed(row) && row.id === identity.id && isSame(row, identity));
    if (!isUnchanged(wrong) || !isUnchanged(right)) return 'changed';
    if (wrong.userId === right.userId) return undefined;
    const users = await client.user.findMany({ where: { id: { in: [wrong.userId, right.userId] } } });
    if (users.filter((row) => tags.believes(taggedUsers, accessOf(row))).length < 2) return 'changed';
    if (users.some(({ disabledAt }) => disabledAt !== null)) return 'user_disabled';
    return users.some(({ roles }) => roles.length > 0) ? 'has_role' : undefined;
  }

  return {
    async after(connectionId, id, limit) {
      const where = { connectionId, id: { gt: id } };
      const rows = await prisma.identity.findMany({ where, orderBy: { id: 'asc' }, take: limit });
      return { identities: rows.filter(believed), last: rows.at(-1)?.id };
    },
    async findByKeys(keys) {
      for (const key of keys) {
        const where = { connectionId_issuer_subject: { ...key } };
        const row = await prisma.identity.findUnique({ where });
        if (row && believed(row)) return row;
      }
      return undefined;
    },
    objection: (pair) => objection(prisma, pair),
    async lock(transaction, pair) {
      const { wrong, right } = pair;
      // Users before identities and both in one order, as in every other removal.
      await transaction.$queryRaw`SELECT id FROM "user" WHERE id IN (${wrong.userId}, ${right.userId})
        ORDER BY id FOR UPDATE`;
      await transaction.$queryRaw`SELECT id FROM identity WHERE id IN (${wrong.id}, ${right.id}) ORDER BY id FOR UPDATE`;
      return await objection(transaction, pair);
    },
    async moveOthers(transaction, { wrong, right }) {
      const where = { userId: wrong.userId, id: { not: wrong.id } };
      const rows = await transaction.identity.findMany({ where });
      await moveIdentities(transaction, tags, { rows, to: { userId: right.userId } });
    },
  };
}

function isSame(row: KeyedIdentity, { userId, connectionId, issuer, subject }: KeyedIdentity): boolean {
  return (
    row.userId === userId &&
    row.connectionId === connectionId &&
    row.issuer === issuer &&
    row.subject === subject
  );
}
