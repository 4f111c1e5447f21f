import { z } from 'zod';
import type { Database } from '../../kit/database/database.ts';
import { isBoundTo } from './connection-binding.ts';
import { providerTokenScope } from './resource-servers.ts';
import { scopesOfGrant } from './scopes.ts';

/** Deletes what was granted for a removed connection, a bounded number of rows at a time. */
export interface RemovedConnectionStore {
  /** Takes its scope out of the consents of one page. Returns the key after which the next page begins. */
  stripConsents(removed: RemovedConnection, after: ConsentKey | undefined): Promise<ConsentKey | undefined>;
  /** Deletes the grants of one page that name it, with their tokens. Returns where the next page begins. */
  dropGrants(removed: RemovedConnection, after: string): Promise<string | undefined>;
}

export interface RemovedConnection {
  readonly connectionId: string;
  readonly alias: string;
  /** When it was removed. */
  readonly at: Date;
  /** The connection that has the alias now. */
  readonly successorId: string | undefined;
}

export interface ConsentKey {
  readonly userId: string;
  readonly appId: string;
}

const pageSize = 2_000;

const consentPage = `SELECT user_id AS "userId", app_id AS "appId" FROM consent
  WHERE (user_id, app_id) > ($1, $2) ORDER BY user_id, app_id OFFSET ${pageSize - 1} LIMIT 1`;

// The scope stays where the person has also allowed the connection that has the alias now. A row without ids counts by its
// time: it is older than the removal, or it was given for another connection.
const stripStatement = `UPDATE consent SET connections = connections - $1::text,
    scopes = CASE WHEN connections ? $4::text THEN scopes ELSE jsonb_set(scopes, '{resources}', COALESCE(
      (SELECT jsonb_object_agg(key, value - $2::text) FROM jsonb_each(scopes->'resources')), '{}')) END
  WHERE (user_id, app_id) > ($5, $6) AND ($7::text IS NULL OR (user_id, app_id) <= ($7, $8))
    AND (connections ? $1::text OR connections IS NULL AND at <= $3
      AND EXISTS (SELECT 1 FROM jsonb_each(scopes->'resources') WHERE value ? $2::text))`;

const dropEmpty = `DELETE FROM consent
  WHERE (user_id, app_id) > ($1, $2) AND ($3::text IS NULL OR (user_id, app_id) <= ($3, $4))
    AND scopes->'oidc' = '[]' AND NOT EXISTS (SELECT 1 FROM jsonb_each(scopes->'resources') WHERE value <> '[]')`;

const grantPage = `SELECT id_hash AS "idHash", grant_id AS "grantId",
    CASE WHEN strpos(payload, $2) > 0 OR strpos(payload, $3) > 0 THEN payload END AS payload
  FROM artifact WHERE kind = 'Grant' AND id_hash > $1 ORDER BY id_hash LIMIT ${pageSize}`;

interface GrantRow {
  readonly idHash: string;
  readonly grantId: string | null;
  /** Null: it names neither the connection nor its scope. */
  readonly payload: string | null;
}

export function createRemovedConnectionStore({ pool }: Pick<Database, 'pool'>): RemovedConnectionStore {
  return {
    async stripConsents({ connectionId, alias, at, successorId = '' }, after) {
      const from = [after?.userId ?? '', after?.appId ?? ''];
      const { rows } = await pool.query<ConsentKey>(consentPage, from);
      const to = [rows[0]?.userId ?? null, rows[0]?.appId ?? null];
      const scope = `${providerTokenScope}${alias}`;
      const stripped = await pool.query(stripStatement, [
        connectionId,
        scope,
        at,
        successorId,
        ...from,
        ...to,
      ]);
      if (stripped.rowCount !== 0) await pool.query(dropEmpty, [...from, ...to]);
      return rows[0];
    },
    async dropGrants(removed, after) {
      const { connectionId, alias } = removed;
      const { rows } = await pool.query<GrantRow>(grantPage, [
        after,
        connectionId,
        `${providerTokenScope}${alias}`,
      ]);
      const named = rows.flatMap(({ grantId, payload }) =>
        grantId !== null && payload !== null && namesRemoved(payload, removed) ? [grantId] : [],
      );
      if (named.length > 0)
        await pool.query('DELETE FROM artifact WHERE grant_id = ANY($1::text[])', [named]);
      return rows.length < pageSize ? undefined : rows.at(-1)?.idHash;
    },
  };
}

const bound = z.object({ connections: z.array(z.string()).optional(), iat: z.number().default(0) });

function namesRemoved(payload: string, { connectionId, alias, at }: RemovedConnection): boolean {
  const { connections, iat } = bound.parse(JSON.parse(payload));
  if (connections) return connections.includes(connectionId);
  const isLater = isBoundTo({ connections, at: new Date(iat * 1000) }, { id: connectionId, createdAt: at });
  return !isLater && scopesOfGrant(payload).includes(`${providerTokenScope}${alias}`);
}
