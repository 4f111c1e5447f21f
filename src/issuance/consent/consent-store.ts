import { z } from 'zod';
import type { Database, Prisma } from '../../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';
import {
  type ConnectionBinding,
  connectionsBound,
  type KnownConnections,
  scopesCounting,
} from './connection-binding.ts';
import { type Declined, noScopes, type Scopes } from './scopes.ts';

/**
 * The consent of one person to one app, stored across sign-ins.
 *
 * This inner room owns consents, grants and the rules by which an app gets scopes. It shows no pages (`interactions`) and
 * issues no tokens (`tokens`, `provider`).
 */
export interface StoredConsent {
  readonly userId: string;
  readonly appId: string;
  readonly appName: string;
  readonly scopes: Scopes;
  /** The optional scopes that the person has left out. */
  readonly declined: Declined;
  readonly at: Date;
  /** The app has changed its own description since, so that nothing of it counts. */
  readonly isOutdated?: boolean;
}

/** The consents, without scopes that were given for another connection than the one that has the alias now. */
export interface ConsentStore {
  find(userId: string, appId: string): Promise<StoredConsent | undefined>;
  /** Returns a person's consents, the newest first. */
  of(userId: string): Promise<readonly StoredConsent[]>;
  put(consent: Omit<StoredConsent, 'appName'>): Promise<void>;
  drop(of: { userId: string; appId?: string }): Promise<void>;
  /** Counts the people who have consented to each app, `most` at most. */
  count(appIds: readonly string[], most: number): Promise<ReadonlyMap<string, number>>;
}

/**
 * The channel by which a process tells the others that a consent has changed. The message is the id of the person, and of the
 * app unless the consents for all apps have changed.
 */
export const consentChannel = 'symbolon_consent';

/** The scopes in a row. */
export const consentScopes = z.object({
  oidc: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  /** An older version, which does not know it, drops it. The person is then asked again. */
  declined: z
    .object({ resources: z.record(z.string(), z.array(z.string())), connections: z.array(z.string()) })
    .default({ resources: {}, connections: [] }),
});
/** Null: an older version wrote the row. */
export const consentConnections = z.array(z.string()).nullable();

interface ChangedConsent {
  readonly userId: string;
  /** Undefined: those for all apps. */
  readonly appId?: string;
}

export const taggedConsents = {
  name: 'consent',
  version: 1,
  key: ['userId', 'appId'],
  columns: { userId: 'user_id', appId: 'app_id', scopes: 'scopes', connections: 'connections' },
} as const satisfies TaggedTable<string>;

/** The index by app has the rows, so that each app reads `most` entries of it at most. */
const countOfEach = `SELECT id, (SELECT count(*)::int FROM (SELECT FROM consent WHERE app_id = id LIMIT $2) AS counted) AS n
  FROM unnest($1::text[]) AS app (id)`;

// Each sign-in runs it. Prisma sends two statements.
const findQuery = {
  name: 'consent-find',
  text: `SELECT user_id AS "userId", app_id AS "appId", consent.scopes, connections, at, consent.tag,
      json_build_object('name', app.name) AS app, document_changed_at AS "changedAt"
    FROM consent JOIN app ON app.id = app_id WHERE user_id = $1 AND app_id = $2 AND removed_at IS NULL`,
};

export interface ConsentStoreDeps {
  readonly tags: RowTags;
  readonly known: KnownConnections;
  /** Receives the messages of this process itself. */
  readonly changed?: (message: string) => void;
}

export function createConsentStore(
  { prisma, pool }: Database,
  { tags, known, changed = () => undefined }: ConsentStoreDeps,
): ConsentStore {
  /** A removed app has no consent, unless it is restored. */
  const inUse = { removedAt: null };
  const include = { app: { select: { name: true } } } as const;
  /** Changes consents and tells every process: this one before the change is answered. */
  async function change(work: Prisma.PrismaPromise<unknown>, { userId, appId = '' }: ChangedConsent) {
    const message = `${userId} ${appId}`.trim();
    await prisma.$transaction([work, prisma.$executeRaw`SELECT pg_notify(${consentChannel}, ${message})`]);
    changed(message);
  }
  type Row = Prisma.ConsentGetPayload<{ include: typeof include }>;
  type FoundRow = Row & { readonly changedAt: Date | null };

  const believed = (row: Row) => tags.believes(taggedConsents, row);

  async function typed({ app, connections, tag: _tag, ...row }: Row): Promise<StoredConsent> {
    const { oidc, resources, declined } = consentScopes.parse(row.scopes);
    const all = await known();
    const counting = (lists: Scopes['resources'], binding: ConnectionBinding) => {
      const connections = connectionsBound(Object.values(lists).flat(), binding, all);
      const counted = Object.entries(lists).map(
        ([resource, names]) => [resource, scopesCounting(names, connections, all)] as const,
      );
      return { resources: Object.fromEntries(counted), connections };
    };
    const binding = { connections: consentConnections.parse(connections) ?? undefined, at: row.at };
    return {
      ...row,
      appName: app.name,
      scopes: { oidc, ...counting(resources, binding) },
      declined: counting(declined.resources, { ...binding, connections: declined.connections }),
    };
  }

  return {
    async find(userId, appId) {
      const { rows } = await pool.query<FoundRow>({ ...findQuery, values: [userId, appId] });
      const [found] = rows;
      if (!found || !believed(found)) return undefined;
      const { changedAt, ...row } = found;
      const consent = await typed(row);
      return changedAt && row.at <= changedAt
        ? { ...consent, scopes: noScopes, declined: noScopes, isOutdated: true }
        : consent;
    },
    async of(userId) {
      const rows = await prisma.consent.findMany({
        where: { userId, app: inUse },
        include,
        orderBy: { at: 'desc' },
      });
      return await Promise.all(rows.filter(believed).map(typed));
    },
    async put({ userId, appId, scopes: { oidc, resources, connections }, declined, at }) {
      const lists = (of: Scopes['resources']) =>
        Object.fromEntries(Object.entries(of).map(([name, list]) => [name, [...list]]));
      const scopes = {
        oidc: [...oidc],
        resources: lists(resources),
        declined: {
          resources: lists(
            Object.fromEntries(Object.entries(declined.resources).filter(([, list]) => list.length > 0)),
          ),
          connections: [...declined.connections],
        },
      };
      const fields = { scopes, connections: [...connections], at };
      const data = { ...fields, tag: tags.tag(taggedConsents, { userId, appId, ...fields }) };
      const put = prisma.consent.upsert({
        where: { userId_appId: { userId, appId } },
        create: { userId, appId, ...data },
        update: data,
      });
      await change(put, { userId, appId });
    },
    async drop(of) {
      await change(prisma.consent.deleteMany({ where: of }), of);
    },
    async count(appIds, most) {
      const { rows } = await pool.query<{ id: string; n: number }>(countOfEach, [appIds, most]);
      return new Map(rows.map(({ id, n }) => [id, n]));
    },
  };
}
