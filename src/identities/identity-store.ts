import {
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  type Prisma,
} from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import { type Briefs, createBriefs } from './briefs-store.ts';
import type { IdentityKey } from './identity-key.ts';
import type { IdentityRow, NewIdentity } from './identity-rows-store.ts';
import type { Near } from './near.ts';
import { createPersonStore, type PersonRow } from './person-store.ts';
import { isLastOwner, readRoleHolders } from './role-holder-store.ts';
import { createSharedIdStore, keepSharedId, ownerOf, type SharedIdStore } from './shared-id-store.ts';
import { createSignInStore, type SignInStore } from './sign-in-store.ts';
import { accessOf, taggedIdentities, taggedUsers } from './tagged-people-store.ts';
import { isConfirmed } from './unconfirmed.ts';
import { lockUnconfirmed, ownerOfUnconfirmed } from './unconfirmed-store.ts';
import { createUserList, type UserPosition, type UserQuestion } from './user-list-store.ts';

export type { IdentityBrief } from './briefs-store.ts';
export type { IdentityKey } from './identity-key.ts';
export type { IdentityProfile, IdentityRow, NewIdentity } from './identity-rows-store.ts';
export type { FoundIdentity } from './sign-in-store.ts';
export type { UserPosition, UserQuestion } from './user-list-store.ts';

export type UserRow = Prisma.UserModel;

export interface UserChange {
  readonly disabledAt?: Date | null;
  readonly roles?: readonly string[];
  /** The last owner is not changed. */
  readonly keepLastOwner?: boolean;
}

export interface UserPage {
  readonly users: readonly UserRow[];
  /** The position of each user in the list. */
  readonly positionOf: (user: UserRow) => UserPosition;
  /** Set: the search has stopped here before the page was full. */
  readonly stoppedAt: UserPosition | undefined;
}

export interface IdentityStore extends SharedIdStore, SignInStore, Briefs {
  findUser(id: string): Promise<UserRow | undefined>;
  /** Returns the user together with one of their e-mail addresses. Concurrent reads share one statement. */
  findPerson(id: string): Promise<PersonRow | undefined>;
  listUsers(question: UserQuestion): Promise<UserPage>;
  /** Returns false if the user does not exist. */
  changeUser(id: string, change: UserChange): Promise<boolean | 'last owner'>;
  /** Returns all people with a role, the oldest first. */
  roleHolders(): Promise<readonly UserRow[]>;
  byIds(ids: readonly string[]): Promise<readonly IdentityRow[]>;
  ofSubject(subject: string, connectionIds: readonly string[]): Promise<readonly IdentityRow[]>;
  /** Returns the identities in the order in which they were linked, unconfirmed ones too. */
  ofUser(userId: string): Promise<readonly IdentityRow[]>;
  /**
   * Inserts the identity. Its user is the owner of an identity at another connection with the same shared id, or else a new
   * one. Returns the owner's user id. Returns undefined if another process inserted the identity first or the user was
   * deleted.
   */
  insertWithUser(identity: NewIdentity, near: Near, now: Date): Promise<string | undefined>;
  /** Returns false if the identity exists already. `unconfirmed`: the keys under which an import may have stored it. */
  insert(identity: NewIdentity, unconfirmed: readonly IdentityKey[], now: Date): Promise<boolean>;
}

export function createIdentityStore(database: Database, tags: RowTags): IdentityStore {
  const { prisma, pool } = database;
  const known = (row: IdentityRow) => tags.believes(taggedIdentities, row);
  const tagged = <T extends IdentityKey & { readonly id: string; readonly userId: string }>(identity: T) => ({
    ...identity,
    tag: tags.tag(taggedIdentities, identity),
  });
  const listed = createUserList(pool);
  const alone = createSignInStore(database, tags);
  return {
    ...createSharedIdStore(prisma, tags),
    ...createBriefs(database),
    ...alone,
    findPerson: createPersonStore(database, tags),
    async findUser(id) {
      const row = await prisma.user.findUnique({ where: { id } });
      return row && tags.believes(taggedUsers, accessOf(row)) ? row : undefined;
    },
    async listUsers(question) {
      const { users, stoppedAt } = await listed(question);
      const rows = await prisma.user.findMany({ where: { id: { in: users.map(({ id }) => id) } } });
      const byId = new Map(
        rows.filter((row) => tags.believes(taggedUsers, accessOf(row))).map((row) => [row.id, row]),
      );
      const places = new Map(users.map((place) => [place.id, place]));
      return {
        users: users.flatMap(({ id }) => byId.get(id) ?? []),
        positionOf: ({ id, createdAt }) => places.get(id) ?? { at: createdAt, id },
        stoppedAt,
      };
    },
    changeUser: (id, { roles, keepLastOwner = false, ...rest }) =>
      prisma.$transaction(async (transaction) => {
        if (keepLastOwner && (await isLastOwner(transaction, tags, id))) return 'last owner';
        // The lock orders concurrent changes, so that the tag is the one of the row that stays.
        await transaction.$queryRaw`SELECT id FROM "user" WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.user.findUnique({ where: { id } });
        if (!before || !tags.believes(taggedUsers, accessOf(before))) return false;
        const data = { ...rest, ...(roles && { roles: [...roles] }) };
        const tag = tags.tag(taggedUsers, accessOf({ ...before, ...data }));
        await transaction.user.update({ where: { id }, data: { ...data, tag } });
        return true;
      }),
    roleHolders: () => readRoleHolders(prisma, tags),
    byIds: async (ids) => (await prisma.identity.findMany({ where: { id: { in: [...ids] } } })).filter(known),
    async ofSubject(subject, connectionIds) {
      const where = { subject, connectionId: { in: [...connectionIds] } };
      return (await prisma.identity.findMany({ where })).filter((row) => known(row) && isConfirmed(row));
    },
    async ofUser(userId) {
      const orderBy = [{ linkedAt: 'asc' as const }, { id: 'asc' as const }];
      return (await prisma.identity.findMany({ where: { userId }, orderBy })).filter(known);
    },

    async insertWithUser({ shared, ...identity }, { sharing, unconfirmed, unconfirmedThere }, now) {
      const isNear = shared || unconfirmed.length > 0 || unconfirmedThere.length > 0;
      if (!isNear) return (await alone.insertNew(identity, now)) ? identity.userId : undefined;
      return await unlessOvertaken(
        prisma.$transaction(async (transaction) => {
          await lockUnconfirmed(transaction, [...unconfirmed, ...unconfirmedThere]);
          if (await ownerOfUnconfirmed(transaction, tags, unconfirmed)) return undefined;
          const sharedOwner =
            (shared && (await ownerOf(transaction, tags, { connectionIds: sharing, shared }))) ??
            (await ownerOfUnconfirmed(transaction, tags, unconfirmedThere));
          const userId = sharedOwner ?? identity.userId;
          const { name, picture } = identity;
          if (sharedOwner === undefined) {
            const tag = tags.tag(taggedUsers, { id: userId, roles: [], disabled: false });
            const user = { id: userId, name, picture, createdAt: now, lastLoginAt: now, tag };
            await transaction.user.create({ data: user });
          }
          const data = { ...tagged({ ...identity, userId }), linkedAt: now, lastLoginAt: now };
          await transaction.identity.create({ data });
          if (shared) await keepSharedId(transaction, tags, { identityId: identity.id, shared });
          return userId;
        }),
      );
    },
    async insert({ shared, ...identity }, unconfirmed, now) {
      const inserted = await unlessTaken(
        prisma.$transaction(async (transaction) => {
          await lockUnconfirmed(transaction, unconfirmed);
          if (await ownerOfUnconfirmed(transaction, tags, unconfirmed)) return false;
          await transaction.identity.create({ data: { ...tagged(identity), linkedAt: now } });
          if (shared) await keepSharedId(transaction, tags, { identityId: identity.id, shared });
          return true;
        }),
      );
      return inserted ?? false;
    },
  };
}

/** Returns undefined for a taken key, or a user that a concurrent merge deleted between the read and the insertion. */
async function unlessOvertaken<T>(insertion: Promise<T>): Promise<T | undefined> {
  try {
    return await unlessTaken(insertion);
  } catch (error) {
    if (isForeignKeyViolation(error)) return undefined;
    throw error;
  }
}

/** Returns undefined if an identity with this key exists. */
async function unlessTaken<T>(insertion: Promise<T>): Promise<T | undefined> {
  try {
    return await insertion;
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}
