import type pg from 'pg';

export interface IdentityOwner {
  readonly userId: string;
  readonly connectionId: string;
}

/** Returns the owners of identities. */
export async function findIdentityOwners(
  pool: pg.Pool,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, IdentityOwner>> {
  const text = `SELECT id, user_id AS "userId", connection_id AS "connectionId" FROM identity WHERE id = ANY($1)`;
  const { rows } = await pool.query<IdentityOwner & { id: string }>(text, [identityIds]);
  return new Map(rows.map(({ id, userId, connectionId }) => [id, { userId, connectionId }]));
}
