import { type Database, isForeignKeyViolation, isUniqueViolation } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey } from './identity-key.ts';
import type { IdentityProfile, IdentityRow, NewIdentity } from './identity-rows-store.ts';
import { accessOf, taggedIdentities, taggedSharedIds, taggedUsers } from './tagged-people-store.ts';

/** The statements of a sign-in that finds no other account of the person. */
export interface SignInStore {
  /** Inserts an identity with its user. Returns false if another process inserted the identity first. */
  insertNew(identity: Omit<NewIdentity, 'shared'>, now: Date): Promise<boolean>;
  /** Returns the identity with the first of these keys that exists. */
  findByKeys(keys: readonly IdentityKey[]): Promise<FoundIdentity | undefined>;
  /**
   * Updates the profile. A name and a picture are kept until the provider sends others, because some send them once. An
   * address that is not sent again is deleted, because the person may have withdrawn it. Returns false if the identity was
   * unlinked, or its user disabled, meanwhile.
   */
  updateProfile(id: string, profile: IdentityProfile, now: Date): Promise<boolean>;
}

export interface FoundIdentity extends IdentityRow {
  /** False: the user is disabled, or the row of the user is not believed. */
  readonly mayEnter: boolean;
}

interface FoundRow extends IdentityRow {
  readonly roles: string[];
  readonly disabledAt: Date | null;
  readonly userTag: Uint8Array<ArrayBuffer> | null;
}

// Each sign-in runs both. Prisma sends six statements for them.
const findQuery = {
  name: 'identity-by-keys',
  text: `SELECT i.id, i.user_id AS "userId", i.connection_id AS "connectionId", i.issuer, i.subject, i.alternates, i.name,
      i.picture, i.email, i.email_verified AS "emailVerified", i.linked_at AS "linkedAt", i.last_login_at AS "lastLoginAt",
      i.tag, u.roles, u.disabled_at AS "disabledAt", u.tag AS "userTag"
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS key (connection_id, issuer, subject, place)
      JOIN identity i USING (connection_id, issuer, subject) JOIN "user" u ON u.id = i.user_id
    ORDER BY place`,
};
// The user's row is locked first, as unlinking does. Statements that lock in different orders deadlock.
const profileQuery = {
  name: 'identity-profile',
  text: `WITH owner AS (
      UPDATE "user" SET last_login_at = $7 WHERE id = (SELECT user_id FROM identity WHERE id = $1) AND disabled_at IS NULL
      RETURNING id),
    updated AS (
      UPDATE identity SET alternates = $2, email = $3, email_verified = $4, name = COALESCE($5, name),
        picture = COALESCE($6, picture), last_login_at = $7
      FROM owner WHERE identity.id = $1 AND identity.user_id = owner.id RETURNING identity.id),
    shared AS (
      INSERT INTO shared_id (identity_id, space, value, tag) SELECT id, $8::text, $9::text, $10::bytea FROM updated WHERE $8::text IS NOT NULL
      ON CONFLICT (identity_id, space) DO UPDATE SET value = excluded.value, tag = excluded.tag)
    SELECT FROM updated`,
};

// One statement, so that no crash leaves a user without an identity. Prisma sends four.
const insertQuery = {
  name: 'identity-insert',
  text: `WITH taken AS (SELECT FROM identity WHERE connection_id = $5 AND issuer = $6 AND subject = $7),
    owner AS (
      INSERT INTO "user" (id, name, picture, created_at, last_login_at, tag) SELECT $1, $2, $3, $11::timestamptz, $11, $12::bytea
      WHERE NOT EXISTS (SELECT FROM taken) RETURNING id)
    INSERT INTO identity (id, user_id, connection_id, issuer, subject, alternates, name, picture, email, email_verified, linked_at,
      last_login_at, tag)
    SELECT $4, id, $5, $6, $7, $8::jsonb, $2, $3, $9, $10::boolean, $11, $11, $13::bytea FROM owner`,
};

export function createSignInStore({ pool }: Pick<Database, 'pool'>, tags: RowTags): SignInStore {
  return {
    async insertNew(identity, now) {
      const { id, userId, connectionId, issuer, subject } = identity;
      const { alternates, name, picture, email, emailVerified } = identity;
      const key = [id, connectionId, issuer, subject];
      const profile = [JSON.stringify(alternates), email, emailVerified];
      const tag = tags.tag(taggedIdentities, identity);
      const userTag = tags.tag(taggedUsers, { id: userId, roles: [], disabled: false });
      const values = [userId, name, picture, ...key, ...profile, now, userTag, tag];
      try {
        return (await pool.query({ ...insertQuery, values })).rowCount === 1;
      } catch (error) {
        // The connection has been removed, or another process was faster.
        if (isUniqueViolation(error) || isForeignKeyViolation(error)) return false;
        throw error;
      }
    },
    async findByKeys(keys) {
      if (keys.length === 0) return undefined;
      const columns = (['connectionId', 'issuer', 'subject'] as const).map((name) =>
        keys.map((key) => key[name]),
      );
      const { rows } = await pool.query<FoundRow>({ ...findQuery, values: columns });
      const found = rows.find((row) => tags.believes(taggedIdentities, row));
      if (!found) return undefined;
      const { roles, disabledAt, userTag, ...identity } = found;
      const access = accessOf({ id: identity.userId, roles, disabledAt });
      const mayEnter = disabledAt === null && tags.believes(taggedUsers, { ...access, tag: userTag });
      return { ...identity, mayEnter };
    },
    async updateProfile(id, { shared, name, picture, alternates, email, emailVerified }, now) {
      const tag = shared && tags.tag(taggedSharedIds, { identityId: id, ...shared });
      const profile = [JSON.stringify(alternates), email, emailVerified, name, picture, now];
      const values = [id, ...profile, shared?.space, shared?.value, tag];
      const { rowCount } = await pool.query({ ...profileQuery, values });
      return rowCount === 1;
    },
  };
}
