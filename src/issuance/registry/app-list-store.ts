import type pg from 'pg';
import type { App } from './app.ts';
import type { ListPage } from './input.ts';

/** Apps in use, or with `removed` those that wait for their deletion. */
export type AppPage = ListPage & { readonly removed?: boolean | undefined; readonly filter?: AppFilter };

/** An app must match all that is given. */
export interface AppFilter {
  /** Part of a name, or the whole client id. */
  readonly text?: string | undefined;
  readonly types?: readonly App['type'][] | undefined;
  readonly firstParty?: boolean | undefined;
  readonly enabled?: boolean | undefined;
  /** The ids of connections, of which the policy names any. */
  readonly connectionIds?: readonly string[] | undefined;
  /** Part of the name of the tool that keeps the app. */
  readonly managedBy?: string | undefined;
  /** How it came: `operator`, or how it registered itself. */
  readonly registrations?: readonly string[] | undefined;
  readonly domain?: string | undefined;
}

/** Returns the ids of the apps on a page, the oldest first. */
export async function listAppIds(
  pool: Pick<pg.ClientBase, 'query'>,
  { limit, cursor, removed = false, filter = {} }: AppPage,
): Promise<readonly string[]> {
  const { text, types, firstParty, enabled, connectionIds, managedBy, registrations, domain } = filter;
  const given = [text, types, firstParty, enabled, connectionIds, managedBy, registrations, domain];
  const values = [limit, cursor ?? null, removed, ...given.map((value) => value ?? null)];
  return (await pool.query<{ id: string }>(page, values)).rows.map(({ id }) => id);
}

// The database compares the times: it has moments that no Date can represent.
const page = `SELECT id FROM app WHERE (removed_at IS NOT NULL) = $3
  AND ($2::text IS NULL OR (created_at, id) > (SELECT created_at, id FROM app WHERE id = $2))
  AND ($4::text IS NULL OR id = $4 OR strpos(lower(name), lower($4)) > 0
    OR strpos(lower(display_name->>'en'), lower($4)) > 0 OR strpos(lower(display_name->>'zh'), lower($4)) > 0)
  AND ($5::text[] IS NULL OR type = ANY ($5))
  AND ($6::boolean IS NULL OR first_party = $6)
  AND ($7::boolean IS NULL OR enabled = $7)
  AND ($8::text[] IS NULL
    OR EXISTS (SELECT FROM app_connection line WHERE line.app_id = app.id AND line.connection_id = ANY ($8)))
  AND ($9::text IS NULL OR strpos(lower(managed_by), lower($9)) > 0)
  AND ($10::text[] IS NULL OR coalesce(registration, 'operator') = ANY ($10))
  AND ($11::text IS NULL OR domain = lower($11))
  ORDER BY created_at, id LIMIT $1`;
