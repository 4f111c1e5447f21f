import type { Database } from '../kit/database/database.ts';
import { createTogether } from '../kit/database/together.ts';

/** A user as every refresh and every call of userinfo asks for it. */
export interface PersonRow {
  readonly id: string;
  readonly name: string | null;
  readonly picture: string | null;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  /** Of the account linked first that has an address its provider vouches for, else any. */
  readonly email: string | null;
  readonly emailVerified: boolean | null;
}

const ofUsers = `SELECT u.id, u.name, u.picture, u.disabled_at AS "disabledAt", u.created_at AS "createdAt",
    u.last_login_at AS "lastLoginAt", i.email, i.email_verified AS "emailVerified"
  FROM "user" u LEFT JOIN LATERAL (
    SELECT email, email_verified FROM identity WHERE user_id = u.id AND email IS NOT NULL
    ORDER BY email_verified DESC, linked_at, id LIMIT 1) i ON true
  WHERE u.id = ANY($1)`;

/** One statement for all who ask at the same moment; nobody gets what was read before they asked. */
export function createPersonStore({ pool }: Database): (userId: string) => Promise<PersonRow | undefined> {
  return createTogether(async (userIds) => {
    const { rows } = await pool.query<PersonRow>({ name: 'persons', text: ofUsers, values: [userIds] });
    return new Map(rows.map((row) => [row.id, row]));
  });
}
