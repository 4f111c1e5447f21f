import type pg from 'pg';
import type { CountedUse } from './count-uses.ts';
import type { IdentityOwner } from './identity-owners-list-store.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** The uses of an identity that exists. */
export type OwnedUse = CountedUse & IdentityOwner;

const latest = 'greatest(known.last_at, known.recent_at)';
// The index has `last_at`. Each change of it writes to all three indexes of the table, at random places.
const upsert = `INSERT INTO app_use AS known
    (identity_id, app_id, user_id, connection_id, first_at, last_at, times, last_reason, last_away)
  SELECT "identityId", "appId", "userId", "connectionId", "firstAt", "lastAt", times, "lastReason", "lastAway"
  FROM json_to_recordset($1) AS use("identityId" text, "appId" text, "userId" text, "connectionId" text,
    "firstAt" timestamptz, "lastAt" timestamptz, times bigint, "lastReason" text, "lastAway" boolean)
  ORDER BY "identityId", "appId"
  ON CONFLICT (identity_id, app_id) DO UPDATE SET
    user_id = excluded.user_id,
    first_at = least(known.first_at, excluded.first_at),
    last_at = CASE WHEN excluded.last_at > known.last_at + interval '1 hour' THEN excluded.last_at ELSE known.last_at END,
    recent_at = greatest(known.last_at, known.recent_at, excluded.last_at),
    times = known.times + excluded.times,
    last_reason = CASE WHEN excluded.last_at >= ${latest} THEN excluded.last_reason ELSE known.last_reason END,
    last_away = CASE WHEN excluded.last_at >= ${latest} THEN excluded.last_away ELSE known.last_away END
  RETURNING identity_id AS "identityId", app_id AS "appId", xmax = 0 AS inserted`;

/** Adds uses. Returns those that are the first of their app. */
export async function addUses(session: Session, uses: readonly OwnedUse[]): Promise<readonly OwnedUse[]> {
  if (uses.length === 0) return [];
  const { rows } = await session.query<{ identityId: string; appId: string; inserted: boolean }>(upsert, [
    JSON.stringify(uses),
  ]);
  const first = new Set(
    rows.flatMap(({ identityId, appId, inserted }) => (inserted ? [`${identityId} ${appId}`] : [])),
  );
  return uses.filter(({ identityId, appId }) => first.has(`${identityId} ${appId}`));
}

/** Returns the identities with uses of these users, as the table has them. */
export async function identitiesUsedOf(
  session: Session,
  userIds: readonly string[],
): Promise<readonly string[]> {
  if (userIds.length === 0) return [];
  const text = 'SELECT DISTINCT identity_id AS id FROM app_use WHERE user_id = ANY($1)';
  return (await session.query<{ id: string }>(text, [userIds])).rows.map(({ id }) => id);
}

/** Returns the next identities with uses, in the order of their ids. */
export async function identitiesUsedAfter(
  session: Session,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const text = `SELECT DISTINCT identity_id AS id FROM app_use WHERE identity_id > $1 ORDER BY identity_id LIMIT $2`;
  return (await session.query<{ id: string }>(text, [after, limit])).rows.map(({ id }) => id);
}

/** Deletes the uses of those of the identities that have no owner any more, and gives the others to their owners. */
export async function reviseUses(
  session: Session,
  identityIds: readonly string[],
  owners: readonly IdentityOwner[],
): Promise<void> {
  if (identityIds.length === 0) return;
  const existing = owners.map(({ identityId }) => identityId);
  await session.query('DELETE FROM app_use WHERE identity_id = ANY($1) AND NOT identity_id = ANY($2)', [
    identityIds,
    existing,
  ]);
  await session.query(
    `UPDATE app_use SET user_id = owner.user_id
     FROM unnest($1::text[], $2::text[]) AS owner(identity_id, user_id)
     WHERE app_use.identity_id = owner.identity_id AND app_use.identity_id = ANY($1) AND app_use.user_id <> owner.user_id`,
    [existing, owners.map(({ userId }) => userId)],
  );
}

/** Notes that the person has seen the notices of first uses. */
export async function noteUsesSeen(session: Session, userId: string, now: Date): Promise<void> {
  await session.query('UPDATE app_use SET seen_at = $2 WHERE user_id = $1 AND seen_at IS NULL', [
    userId,
    now,
  ]);
}
