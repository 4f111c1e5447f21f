import { type Database, isUniqueViolation, type Prisma } from '../kit/database.ts';
import { createTogether } from '../kit/together.ts';
import { createIdentityRemovals, type IdentityRemovals } from './identity-removals-store.ts';

export type UserRow = Prisma.UserModel;
export type IdentityRow = Prisma.IdentityModel;

/** As much of an identity as tells whose it is. */
export type IdentityBrief = Pick<IdentityRow, 'id' | 'userId' | 'connectionId' | 'subject' | 'name'>;

export interface IdentityKey {
  readonly connectionId: string;
  readonly issuer: string;
  readonly subject: string;
}

/** What each sign-in brings anew. */
export interface IdentityProfile {
  readonly alternates: Readonly<Record<string, string>>;
  readonly name: string | null;
  readonly picture: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
}

export interface NewIdentity extends IdentityKey, IdentityProfile {
  readonly id: string;
  readonly userId: string;
}

export interface UserChange {
  readonly disabledAt?: Date | null;
  readonly roles?: readonly string[];
}

export interface UserPage {
  readonly limit: number;
  readonly after: { readonly createdAt: Date; readonly id: string } | undefined;
  /** Matches name, e-mail or subject. */
  readonly search: string | undefined;
}

export interface IdentityStore extends IdentityRemovals {
  findUser(id: string): Promise<UserRow | undefined>;
  listUsers(page: UserPage): Promise<readonly UserRow[]>;
  changeUser(id: string, change: UserChange): Promise<boolean>;
  findByKey(key: IdentityKey): Promise<IdentityRow | undefined>;
  byIds(ids: readonly string[]): Promise<readonly IdentityRow[]>;
  ofSubject(subject: string, connectionIds: readonly string[]): Promise<readonly IdentityRow[]>;
  /** Ordered by the time of linking. */
  ofUser(userId: string): Promise<readonly IdentityRow[]>;
  /** The same in brief, for where it is asked all the time. */
  brieflyOfUser(userId: string): Promise<readonly IdentityBrief[]>;
  /** Together or not at all. False: the identity has come into being meanwhile. */
  insertWithUser(identity: NewIdentity, now: Date): Promise<boolean>;
  /** False: the identity exists already. */
  insert(identity: NewIdentity, now: Date): Promise<boolean>;
  /** False: it was unlinked meanwhile. */
  arrive(id: string, profile: IdentityProfile, now: Date): Promise<boolean>;
}

export function createIdentityStore({ prisma, pool }: Database): IdentityStore {
  const briefly = createTogether((userIds) => briefByUser(pool, userIds));
  return {
    ...createIdentityRemovals(prisma),
    async findUser(id) {
      return (await prisma.user.findUnique({ where: { id } })) ?? undefined;
    },
    listUsers: ({ limit, after, search }) =>
      prisma.user.findMany({
        take: limit,
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        where: { AND: [after ? olderThan(after) : {}, search ? matching(search) : {}] },
      }),
    async changeUser(id, { roles, ...rest }) {
      const { count } = await prisma.user.updateMany({
        where: { id },
        data: { ...rest, ...(roles && { roles: [...roles] }) },
      });
      return count === 1;
    },
    async findByKey(key) {
      return (
        (await prisma.identity.findUnique({ where: { connectionId_issuer_subject: { ...key } } })) ??
        undefined
      );
    },
    byIds: (ids) => prisma.identity.findMany({ where: { id: { in: [...ids] } } }),
    ofSubject: (subject, connectionIds) =>
      prisma.identity.findMany({ where: { subject, connectionId: { in: [...connectionIds] } } }),
    ofUser: (userId) =>
      prisma.identity.findMany({ where: { userId }, orderBy: [{ linkedAt: 'asc' }, { id: 'asc' }] }),
    brieflyOfUser: async (userId) => (await briefly(userId)) ?? [],

    async insertWithUser(identity, now) {
      const { name, picture } = identity;
      const user = { id: identity.userId, name, picture, createdAt: now, lastLoginAt: now };
      return await unlessTaken(
        prisma.$transaction([
          prisma.user.create({ data: user }),
          prisma.identity.create({ data: { ...identity, linkedAt: now, lastLoginAt: now } }),
        ]),
      );
    },
    insert: (identity, now) => unlessTaken(prisma.identity.create({ data: { ...identity, linkedAt: now } })),

    async arrive(id, profile, now) {
      // The user's row first, as unlinking does: two that lock in different orders wait for each other.
      const user = prisma.user.updateMany({
        where: { identities: { some: { id } } },
        data: { lastLoginAt: now },
      });
      const identity = prisma.identity.updateMany({ where: { id }, data: { ...profile, lastLoginAt: now } });
      const [, { count }] = await prisma.$transaction([user, identity]);
      return count === 1;
    },
  };
}

async function briefByUser(pool: Database['pool'], userIds: readonly string[]) {
  const text = `SELECT id, user_id AS "userId", connection_id AS "connectionId", subject, name FROM identity
    WHERE user_id = ANY($1) ORDER BY linked_at, id`;
  const query = { name: 'identity-brief', text, values: [userIds] };
  const { rows } = await pool.query<IdentityBrief>(query);
  return Map.groupBy(rows, ({ userId }) => userId);
}

async function unlessTaken(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

function olderThan({ createdAt, id }: { createdAt: Date; id: string }): Prisma.UserWhereInput {
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}

function matching(search: string): Prisma.UserWhereInput {
  // Prisma passes on what LIKE takes for a wildcard.
  const contains = { contains: search.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  const byIdentity = {
    identities: { some: { OR: [{ email: contains }, { subject: search }, { name: contains }] } },
  };
  return { OR: [{ id: search }, { name: contains }, byIdentity] };
}
