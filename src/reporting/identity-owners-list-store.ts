import type pg from 'pg';

/** The present owner of an identity. */
export interface IdentityOwner {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
}

type Session = Pick<pg.ClientBase, 'query'>;

const columns = 'id AS "identityId", user_id AS "userId", connection_id AS "connectionId"';

/** Returns the owners of those of the identities that exist. */
export async function readOwners(
  session: Session,
  identityIds: readonly string[],
): Promise<readonly IdentityOwner[]> {
  if (identityIds.length === 0) return [];
  const text = `SELECT ${columns} FROM identity WHERE id = ANY($1)`;
  return (await session.query<IdentityOwner>(text, [identityIds])).rows;
}
