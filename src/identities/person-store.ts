import { createBatchedLookup } from '../kit/database/batched-lookup.ts';
import type { Database } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import { accessOf, taggedUsers } from './tagged-people-store.ts';

/** A user with an e-mail address. Each refresh of our tokens and each call of userinfo reads it. */
export interface PersonRow {
  readonly id: string;
  readonly name: string | null;
  readonly picture: string | null;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  /** The address of the first linked identity with a verified one, else with any. */
  readonly email: string | null;
  readonly emailVerified: boolean | null;
}

interface TaggedPersonRow extends PersonRow {
  readonly roles: string[];
  readonly tag: Uint8Array | null;
}

const ofUsers = `SELECT u.id, u.name, u.picture, u.disabled_at AS "disabledAt", u.created_at AS "createdAt",
    u.last_login_at AS "lastLoginAt", i.email, i.email_verified AS "emailVerified",
    u.roles, u.tag
  FROM "user" u LEFT JOIN LATERAL (
    SELECT email, email_verified FROM identity WHERE user_id = u.id AND email IS NOT NULL
    ORDER BY email_verified DESC, linked_at, id LIMIT 1) i ON true
  WHERE u.id = ANY($1)`;

/** Returns a reader that batches concurrent calls into one statement. No caller gets a row that was read before its call. */
export function createPersonStore(
  { pool }: Database,
  tags: RowTags,
): (userId: string) => Promise<PersonRow | undefined> {
  return createBatchedLookup(async (userIds) => {
    const { rows } = await pool.query<TaggedPersonRow>({ name: 'persons', text: ofUsers, values: [userIds] });
    const believed = rows.filter((row) => tags.believes(taggedUsers, accessOf(row)));
    return new Map(believed.map(({ roles: _roles, tag: _tag, ...row }) => [row.id, row]));
  });
}
