import type pg from 'pg';
import { isForeignKeyViolation, isUniqueViolation } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey, NewIdentity } from './identity-store.ts';
import type { SharedId } from './shared-id.ts';
import { type Spaces, sharedLockOf } from './shared-id-store.ts';
import { taggedIdentities, taggedSharedIds, taggedUsers } from './tagged-people-store.ts';
import { lockNameOf, takeLocks } from './unconfirmed-store.ts';

/** Imported users and identities, in batches. */
export interface UserImportStore {
  /** Returns the identities that exist with these keys. */
  findKnown(keys: readonly IdentityKey[]): Promise<readonly KnownIdentity[]>;
  /** Returns the identities with these shared ids, at the connection that asks and others; the one linked first comes first. */
  sharersOf(asked: readonly SharedAt[], spaces: Spaces): Promise<readonly Sharer[]>;
  /** Returns the roles and the disabled state of the users that exist. */
  accessOf(userIds: readonly string[]): Promise<readonly UserAccessRow[]>;
  /**
   * Inserts all rows or none. Returns false after a conflict with a concurrent insertion, also of another id of an account or
   * of the same person: the caller reads again.
   */
  insert(batch: UserBatch, now: Date): Promise<boolean>;
}

export interface KnownIdentity extends IdentityKey {
  readonly id: string;
  readonly userId: string;
}

export interface UserAccessRow {
  readonly id: string;
  readonly roles: readonly string[];
  readonly disabled: boolean;
}

export interface SharedAt extends SharedId {
  readonly connectionId: string;
}

/** An identity that has the shared id. */
export interface Sharer extends SharedAt {
  readonly identity: KnownIdentity;
}

/** The facts on which an insertion is based, where ids may lead to an account or a person that a sign-in stores meanwhile. */
export interface InsertGuard {
  /** The ids as subjects, confirmed and not. */
  readonly keys: readonly IdentityKey[];
  /** The shared ids as subjects that are not confirmed, at the other connections. */
  readonly keysThere: readonly IdentityKey[];
  readonly shared: readonly SharedAt[];
  readonly spaces: Spaces;
  /** The ids of the identities that were found by these. */
  readonly seen: ReadonlySet<string>;
}

export interface UserBatch {
  readonly users: readonly ImportedUser[];
  readonly identities: readonly NewIdentity[];
  readonly guard?: InsertGuard | undefined;
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

const sharers = `SELECT asked.connection_id AS "askedAt", s.space, s.value, s.identity_id AS "identityId", s.tag AS "sharedTag",
    i.id, i.user_id AS "userId", i.connection_id AS "connectionId", i.issuer, i.subject, i.tag
  FROM shared_id s JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (space, value, connection_id)
    ON asked.space = s.space AND asked.value = s.value
  JOIN identity i ON i.id = s.identity_id
  JOIN unnest($4::text[], $5::text[]) AS present (connection_id, space) ON present.connection_id = i.connection_id
    AND present.space = s.space
  ORDER BY i.linked_at, i.id`;

interface SharerRow extends KnownIdentity, SharedId {
  readonly askedAt: string;
  readonly identityId: string;
  readonly tag: Uint8Array | null;
  readonly sharedTag: Uint8Array | null;
}

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
  type Querying = Pick<pg.ClientBase, 'query'>;

  async function findKnown(from: Querying, keys: readonly IdentityKey[]): Promise<readonly KnownIdentity[]> {
    const columns = [
      keys.map(({ connectionId }) => connectionId),
      keys.map(({ issuer }) => issuer),
      keys.map(({ subject }) => subject),
    ];
    const { rows } = await from.query<KnownIdentity & { readonly tag: Uint8Array | null }>(known, columns);
    return rows.filter((row) => tags.believes(taggedIdentities, row)).map(({ tag: _tag, ...row }) => row);
  }

  async function sharersOf(from: Querying, asked: readonly SharedAt[], spaces: Spaces) {
    if (asked.length === 0) return [];
    const columns = [
      asked.map(({ space }) => space),
      asked.map(({ value }) => value),
      asked.map(({ connectionId }) => connectionId),
      [...spaces.keys()],
      [...spaces.values()],
    ];
    const { rows } = await from.query<SharerRow>(sharers, columns);
    const believed = rows.filter(
      ({ identityId, space, value, sharedTag, ...row }) =>
        tags.believes(taggedIdentities, row) &&
        tags.believes(taggedSharedIds, { identityId, space, value, tag: sharedTag }),
    );
    return believed.map(({ askedAt, space, value, identityId, sharedTag: _, tag: _tag, ...identity }) => ({
      connectionId: askedAt,
      space,
      value,
      identity,
    }));
  }

  /** Returns whether nothing more is found by the ids of the batch than was seen. Sign-ins by them wait until `from` commits. */
  async function nothingNew(
    from: Querying,
    { keys, keysThere, shared, spaces, seen }: InsertGuard,
  ): Promise<boolean> {
    // Both kinds in the order of a sign-in, or the two could wait for each other.
    await from.query(takeLocks('$1::text[]'), [keys.map(lockNameOf)]);
    await from.query(takeLocks('$1::text[]'), [shared.map(sharedLockOf)]);
    const found = await findKnown(from, [...keys, ...keysThere]);
    const sharing = (await sharersOf(from, shared, spaces)).map(({ identity }) => identity);
    return [...found, ...sharing].every(({ id }) => seen.has(id));
  }

  return {
    findKnown: (keys) => findKnown(pool, keys),
    sharersOf: (asked, spaces) => sharersOf(pool, asked, spaces),
    async accessOf(userIds) {
      const text =
        'SELECT id, roles, disabled_at IS NOT NULL AS disabled, tag FROM "user" WHERE id = ANY($1)';
      const { rows } = await pool.query<UserAccessRow & { readonly tag: Uint8Array | null }>(text, [userIds]);
      return rows.filter((row) => tags.believes(taggedUsers, row));
    },
    async insert({ users, identities, guard }, now) {
      const shared = identities.flatMap((one) => (one.shared ? [{ identityId: one.id, ...one.shared }] : []));
      const userTag = ({ id, disabled }: ImportedUser) => tags.tag(taggedUsers, { id, roles: [], disabled });
      const values = [
        users.map((row) => ({ ...row, tag: hex(userTag(row)) })),
        identities.map((row) => ({ ...row, tag: hex(tags.tag(taggedIdentities, row)) })),
        shared.map((row) => ({ ...row, tag: hex(tags.tag(taggedSharedIds, row)) })),
      ].map((rows) => JSON.stringify(rows));
      try {
        if (!guard) {
          await pool.query(insert, [...values, now]);
          return true;
        }
        return await inTransaction(pool, async (client) => {
          if (!(await nothingNew(client, guard))) return false;
          await client.query(insert, [...values, now]);
          return true;
        });
      } catch (error) {
        if (isUniqueViolation(error) || isForeignKeyViolation(error)) return false;
        throw error;
      }
    },
  };
}

async function inTransaction<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: unknown;
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failure = error;
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    // A connection that failed otherwise than by the statement may be unusable.
    client.release(failure !== undefined && !isUniqueViolation(failure) && !isForeignKeyViolation(failure));
  }
}
