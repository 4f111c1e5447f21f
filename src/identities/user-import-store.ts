import type pg from 'pg';
import { isForeignKeyViolation, isUniqueViolation } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey, NewIdentity } from './identity-store.ts';
import type { SharedId } from './shared-id.ts';
import type { Spaces } from './shared-id-store.ts';
import { taggedIdentities, taggedSharedIds, taggedUsers } from './tagged-people-store.ts';

/** Imported users and identities, in batches. */
export interface UserImportStore {
  /** Returns the identities that exist with these keys. */
  findKnown(keys: readonly IdentityKey[]): Promise<readonly KnownIdentity[]>;
  /** Returns the owners of identities with these shared ids at other connections; of several, the one linked first. */
  ownersOf(asked: readonly SharedAt[], spaces: Spaces): Promise<readonly SharedOwner[]>;
  /** Inserts all rows or none. Returns false after a conflict with a concurrent insertion: the caller reads again. */
  insert(batch: UserBatch, now: Date): Promise<boolean>;
}

export interface KnownIdentity extends IdentityKey {
  readonly id: string;
  readonly userId: string;
}

export interface SharedAt extends SharedId {
  readonly connectionId: string;
}

export interface SharedOwner extends SharedAt {
  readonly userId: string;
}

export interface UserBatch {
  readonly users: readonly ImportedUser[];
  readonly identities: readonly NewIdentity[];
}

export interface ImportedUser {
  readonly id: string;
  readonly name: string | null;
  readonly picture: string | null;
  readonly disabled: boolean;
  readonly createdAt: Date | undefined;
  readonly lastLoginAt: Date | undefined;
}

const known = `SELECT i.id, i.user_id AS "userId", i.connection_id AS "connectionId", i.issuer, i.subject, i.tag
  FROM identity i
  JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (connection_id, issuer, subject)
    USING (connection_id, issuer, subject)`;

const owners = `SELECT DISTINCT ON (s.space, s.value, asked.connection_id) s.space, s.value,
    asked.connection_id AS "connectionId", i.user_id AS "userId"
  FROM shared_id s JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (space, value, connection_id)
    ON asked.space = s.space AND asked.value = s.value
  JOIN identity i ON i.id = s.identity_id AND i.connection_id <> asked.connection_id
  JOIN unnest($4::text[], $5::text[]) AS present (connection_id, space) ON present.connection_id = i.connection_id
    AND present.space = s.space
  ORDER BY s.space, s.value, asked.connection_id, i.linked_at, i.id`;

const insert = `WITH people AS (
    INSERT INTO "user" (id, name, picture, disabled_at, created_at, last_login_at, tag)
    SELECT id, name, picture, CASE WHEN disabled THEN $4::timestamptz END, coalesce("createdAt", $4), "lastLoginAt",
      decode(tag, 'hex')
    FROM json_to_recordset($1) AS u(id text, name text, picture text, disabled boolean, "createdAt" timestamptz,
      "lastLoginAt" timestamptz, tag text)
  ), accounts AS (
    INSERT INTO identity (id, user_id, connection_id, issuer, subject, alternates, name, picture, email,
      email_verified, linked_at, tag)
    SELECT id, "userId", "connectionId", issuer, subject, alternates, name, picture, email, "emailVerified", $4,
      decode(tag, 'hex')
    FROM json_to_recordset($2) AS i(id text, "userId" text, "connectionId" text, issuer text, subject text,
      alternates jsonb, name text, picture text, email text, "emailVerified" boolean, tag text)
  )
  INSERT INTO shared_id (identity_id, space, value, tag)
  SELECT "identityId", space, value, decode(tag, 'hex')
  FROM json_to_recordset($3) AS s("identityId" text, space text, value text, tag text)`;

export function createUserImportStore(pool: pg.Pool, tags: RowTags): UserImportStore {
  const hex = (tag: Uint8Array) => Buffer.from(tag).toString('hex');

  return {
    async findKnown(keys) {
      const columns = [
        keys.map(({ connectionId }) => connectionId),
        keys.map(({ issuer }) => issuer),
        keys.map(({ subject }) => subject),
      ];
      const { rows } = await pool.query<KnownIdentity & { readonly tag: Uint8Array | null }>(known, columns);
      return rows.filter((row) => tags.believes(taggedIdentities, row)).map(({ tag: _tag, ...row }) => row);
    },
    async ownersOf(asked, spaces) {
      if (asked.length === 0) return [];
      const columns = [
        asked.map(({ space }) => space),
        asked.map(({ value }) => value),
        asked.map(({ connectionId }) => connectionId),
        [...spaces.keys()],
        [...spaces.values()],
      ];
      return (await pool.query<SharedOwner>(owners, columns)).rows;
    },
    async insert({ users, identities }, now) {
      const shared = identities.flatMap((one) => (one.shared ? [{ identityId: one.id, ...one.shared }] : []));
      const userTag = ({ id, disabled }: ImportedUser) => tags.tag(taggedUsers, { id, roles: [], disabled });
      const values = [
        users.map((row) => ({ ...row, tag: hex(userTag(row)) })),
        identities.map((row) => ({ ...row, tag: hex(tags.tag(taggedIdentities, row)) })),
        shared.map((row) => ({ ...row, tag: hex(tags.tag(taggedSharedIds, row)) })),
      ].map((rows) => JSON.stringify(rows));
      try {
        await pool.query(insert, [...values, now]);
        return true;
      } catch (error) {
        if (isUniqueViolation(error) || isForeignKeyViolation(error)) return false;
        throw error;
      }
    },
  };
}
