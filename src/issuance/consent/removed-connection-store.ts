import { z } from 'zod';
import type { Database } from '../../kit/database/database.ts';
import type { RowTags } from '../../kit/keys/row-tags.ts';
import { isBoundTo } from './connection-binding.ts';
import { consentConnections, consentScopes, taggedConsents } from './consent-store.ts';
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

// A row without ids counts by its time: it is older than the removal, or it was given for another connection.
const namingConsents = `SELECT user_id AS "userId", app_id AS "appId", scopes, connections, tag, xmin::text AS version
  FROM consent
  WHERE (user_id, app_id) > ($4, $5) AND ($6::text IS NULL OR (user_id, app_id) <= ($6, $7))
    AND (connections ? $1::text OR connections IS NULL AND at <= $3
      AND EXISTS (SELECT 1 FROM jsonb_each(scopes->'resources') WHERE value ? $2::text))`;

// A row that another request has changed since it was read stays: what it names for the removed connection counts no more.
const stripConsents = `UPDATE consent SET scopes = stripped.scopes, connections = stripped.connections, tag = stripped.tag
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::bytea[])
    AS stripped (user_id, app_id, version, scopes, connections, tag)
  WHERE consent.user_id = stripped.user_id AND consent.app_id = stripped.app_id
    AND consent.xmin::text = stripped.version`;

const dropConsents = `DELETE FROM consent USING unnest($1::text[], $2::text[], $3::text[]) AS empty (user_id, app_id, version)
  WHERE consent.user_id = empty.user_id AND consent.app_id = empty.app_id AND consent.xmin::text = empty.version`;

interface ConsentRow extends ConsentKey {
  readonly scopes: unknown;
  readonly connections: unknown;
  readonly tag: Uint8Array | null;
  readonly version: string;
}

const grantPage = `SELECT id_hash AS "idHash", grant_id AS "grantId",
    CASE WHEN strpos(payload, $2) > 0 OR strpos(payload, $3) > 0 THEN payload END AS payload
  FROM artifact WHERE kind = 'Grant' AND id_hash > $1 ORDER BY id_hash LIMIT ${pageSize}`;

interface GrantRow {
  readonly idHash: string;
  readonly grantId: string | null;
  /** Null: it names neither the connection nor its scope. */
  readonly payload: string | null;
}

export function createRemovedConnectionStore(
  { pool }: Pick<Database, 'pool'>,
  tags: RowTags,
): RemovedConnectionStore {
  /** Writes the rows back, each with the tag of its new content. */
  async function write(rows: readonly Stripped[]): Promise<void> {
    const kept = rows.filter((row) => !isEmpty(row));
    const empty = rows.filter(isEmpty);
    const keys = (some: readonly Stripped[]) => [
      some.map(({ userId }) => userId),
      some.map(({ appId }) => appId),
      some.map(({ version }) => version),
    ];
    if (kept.length > 0)
      await pool.query(stripConsents, [
        ...keys(kept),
        kept.map(({ scopes }) => JSON.stringify(scopes)),
        kept.map(({ connections }) => (connections ? JSON.stringify(connections) : null)),
        kept.map((row) => Buffer.from(tags.tag(taggedConsents, row))),
      ]);
    if (empty.length > 0) await pool.query(dropConsents, keys(empty));
  }

  return {
    async stripConsents(removed, after) {
      const { connectionId, alias, at } = removed;
      const from = [after?.userId ?? '', after?.appId ?? ''];
      const { rows } = await pool.query<ConsentKey>(consentPage, from);
      const to = [rows[0]?.userId ?? null, rows[0]?.appId ?? null];
      const scope = `${providerTokenScope}${alias}`;
      const naming = await pool.query<ConsentRow>(namingConsents, [connectionId, scope, at, ...from, ...to]);
      // A row that another hand wrote gets no right tag here.
      const believed = naming.rows.filter((row) => tags.believes(taggedConsents, row));
      await write(believed.map((row) => withoutConnection(row, removed)));
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

interface Stripped extends ConsentKey {
  readonly scopes: z.infer<typeof consentScopes>;
  readonly connections: readonly string[] | null;
  readonly version: string;
}

/** The scope stays where the person has also allowed the connection that has the alias now. */
function withoutConnection(
  { userId, appId, version, ...row }: ConsentRow,
  { connectionId, alias, successorId }: RemovedConnection,
): Stripped {
  const { resources, ...others } = consentScopes.parse(row.scopes);
  const connections = consentConnections.parse(row.connections)?.filter((id) => id !== connectionId) ?? null;
  const keeps = successorId !== undefined && connections?.includes(successorId);
  const scope = `${providerTokenScope}${alias}`;
  const lists = Object.entries(resources).map(
    ([resource, names]) => [resource, keeps ? names : names.filter((name) => name !== scope)] as const,
  );
  return { userId, appId, version, connections, scopes: { ...others, resources: Object.fromEntries(lists) } };
}

function isEmpty({ scopes: { oidc, resources } }: Stripped): boolean {
  return oidc.length === 0 && Object.values(resources).every((names) => names.length === 0);
}

const bound = z.object({ connections: z.array(z.string()).optional(), iat: z.number().default(0) });

function namesRemoved(payload: string, { connectionId, alias, at }: RemovedConnection): boolean {
  const { connections, iat } = bound.parse(JSON.parse(payload));
  if (connections) return connections.includes(connectionId);
  const isLater = isBoundTo({ connections, at: new Date(iat * 1000) }, { id: connectionId, createdAt: at });
  return !isLater && scopesOfGrant(payload).includes(`${providerTokenScope}${alias}`);
}
