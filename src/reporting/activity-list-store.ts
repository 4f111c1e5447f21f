import type pg from 'pg';
import { ownedBy } from '../kit/events/share-index-store.ts';

/** A use of a person's account, a refused try, or an act of an operator on the person. */
export interface Activity {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly appId: string | null;
  /** Alias. */
  readonly connection: string | null;
  readonly identityId: string | null;
  readonly actorKind: string | null;
  readonly actorId: string | null;
  readonly detail: unknown;
}

export interface ActivityQuery {
  readonly app?: string | undefined;
  readonly identity?: string | undefined;
  readonly since?: Date | undefined;
  readonly limit: number;
  /** The last one of the page before. */
  readonly after?: { readonly at: Date; readonly id: string } | undefined;
}

// An admin token is an app whose id begins with `adt_`.
const byOperator = `(actor_kind IN ('bootstrap', 'cli') OR (actor_kind = 'app' AND actor_id LIKE 'adt\\_%')
  OR (actor_kind = 'person' AND actor_id <> user_id))`;

// The index of an account leads to its activity. That of the person would be read through the activity of other accounts.
const belonging = (identity: string | undefined) =>
  identity === undefined
    ? `${ownedBy('user_id', '$1::text')} AND $3::text IS NULL`
    : `${ownedBy('identity_id', '$3::text')} AND (user_id = $1) IS TRUE`;

const query = (
  identity: string | undefined,
) => `SELECT id, at, type, app_id AS "appId", connection, identity_id AS "identityId",
    actor_kind AS "actorKind", actor_id AS "actorId", detail
  FROM audit_event
  WHERE ${belonging(identity)} AND (type IN ('token.retrieved', 'token.proxied', 'token.refused') OR ${byOperator})
    AND ($2::text IS NULL OR app_id = $2)
    AND ($4::timestamptz IS NULL OR at >= $4)
    AND ($5::timestamptz IS NULL OR (at, id) < ($5, $6::text))
  ORDER BY at DESC, id DESC LIMIT $7`;

/** Returns a person's activity, the latest first. */
export async function readActivity(
  session: Pick<pg.ClientBase, 'query'>,
  userId: string,
  { app, identity, since, limit, after }: ActivityQuery,
): Promise<readonly Activity[]> {
  const bounds = [since ?? null, after?.at ?? null, after?.id ?? null, limit];
  return (await session.query<Activity>(query(identity), [userId, app ?? null, identity ?? null, ...bounds]))
    .rows;
}
