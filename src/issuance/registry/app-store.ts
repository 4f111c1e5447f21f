import { type Database, isUniqueViolation, Prisma } from '../../kit/database/database.ts';
import type { RowTags } from '../../kit/keys/row-tags.ts';
import { type App, type ConnectionRate, newApp, tokenFormat } from './app.ts';
import { storedClientKeys } from './client-keys.ts';
import { isPlainId, type ListPage } from './input.ts';
import { type ProxyRule, proxyRules } from './proxy-rules.ts';
import { notifyRegistrationChange } from './registration-channel.ts';
import { taggedAppConnections, taggedApps } from './tagged-registry.ts';

/** An app as the table stores it: connections by their ids. */
export interface StoredApp extends Omit<App, 'connections'> {
  readonly secretHash: string | null;
  readonly connections: readonly StoredAppConnection[];
}

export interface StoredAppConnection {
  readonly connectionId: string;
  readonly scopes: readonly string[];
  readonly background: boolean;
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  readonly proxyHeaders: readonly string[];
  readonly rate: ConnectionRate | null;
}

export type AppFields = Omit<StoredApp, 'createdAt' | 'updatedAt'>;

export interface AppStore {
  /** Returns false when there is an app with that id. */
  create(fields: AppFields): Promise<boolean>;
  replace(fields: AppFields): Promise<void>;
  find(id: string): Promise<StoredApp | undefined>;
  list(page: ListPage): Promise<readonly StoredApp[]>;
  remove(id: string): Promise<boolean>;
  /** Returns the enabled apps that may use these connections in the background. */
  inBackground(connectionIds: readonly string[]): Promise<readonly BackgroundApp[]>;
}

/** An app that may use the accounts of a connection while the person is away. */
export interface BackgroundApp extends Pick<App, 'id' | 'name' | 'type' | 'firstParty'> {
  readonly connectionId: string;
}

/** The largest number of lines that the account page reads. */
const mostBackgroundApps = 500;

export function createAppStore({ prisma, pool }: Database, tags: RowTags): AppStore {
  const include = { connections: { orderBy: { connectionId: 'asc' } } } as const;
  const columns = ({ connections: _policy, ...fields }: AppFields) => ({
    ...fields,
    tag: tags.tag(taggedApps, fields),
    redirectUris: [...fields.redirectUris],
    postLogoutRedirectUris: [...fields.postLogoutRedirectUris],
    apis: [...fields.apis],
    introspects: [...fields.introspects],
    jwks: fields.jwks ?? Prisma.DbNull,
  });
  const policyRows = ({ id: appId, connections }: AppFields) =>
    connections.map(({ connectionId, scopes, background, handout, proxy, proxyHeaders, rate }) => {
      const line = {
        connectionId,
        scopes: [...scopes],
        background,
        handout,
        proxy: proxy.map(({ methods, path }) => ({ methods: [...methods], path })),
        proxyHeaders: [...proxyHeaders],
        rateRequests: rate?.requests ?? null,
        rateSeconds: rate?.seconds ?? null,
      };
      return { ...line, tag: tags.tag(taggedAppConnections, { appId, ...line }) };
    });
  const believed = (row: Row) => tags.believes(taggedApps, row);
  const typedRow = ({ connections, ...row }: Row) =>
    typed({ ...row, connections: connections.filter((line) => tags.believes(taggedAppConnections, line)) });

  return {
    async create(fields) {
      try {
        await prisma.app.create({
          data: { ...columns(fields), connections: { create: policyRows(fields) } },
        });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async replace(fields) {
      const { id } = fields;
      await prisma.$transaction([
        prisma.app.update({
          where: { id },
          data: { ...columns(fields), connections: { deleteMany: {}, create: policyRows(fields) } },
        }),
        // The time comes from the database's clock, which Prisma cannot write.
        prisma.$executeRaw`UPDATE app SET updated_at = clock_timestamp() WHERE id = ${id}`,
      ]);
      await notifyRegistrationChange(pool);
    },
    async find(id) {
      if (!isPlainId(id)) return undefined;
      const row = await prisma.app.findUnique({ where: { id }, include });
      return row && believed(row) ? typedRow(row) : undefined;
    },
    async list({ limit, cursor }) {
      const rows = await prisma.app.findMany({
        include,
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
        ...(cursor !== undefined && { cursor: { id: cursor }, skip: 1 }),
      });
      return rows.filter(believed).map(typedRow);
    },
    async inBackground(connectionIds) {
      const rows = await prisma.appConnection.findMany({
        where: { background: true, connectionId: { in: [...connectionIds] }, app: { enabled: true } },
        select: {
          connectionId: true,
          app: { select: { id: true, name: true, type: true, firstParty: true } },
        },
        orderBy: [{ appId: 'asc' }, { connectionId: 'asc' }],
        take: mostBackgroundApps,
      });
      return rows.map(({ connectionId, app }) => ({
        ...app,
        connectionId,
        type: newApp.shape.type.parse(app.type),
      }));
    },
    async remove(id) {
      const { count } = await prisma.app.deleteMany({ where: { id } });
      await notifyRegistrationChange(pool);
      return count === 1;
    },
  };
}

type Row = Prisma.AppGetPayload<{ include: { connections: true } }>;

function typed({ connections, tag: _tag, ...row }: Row): StoredApp {
  return {
    ...row,
    accessTokenFormat: tokenFormat.nullable().parse(row.accessTokenFormat),
    type: newApp.shape.type.parse(row.type),
    jwks: storedClientKeys.nullable().parse(row.jwks),
    connections: connections.map(typedLine),
  };
}

type Line = Row['connections'][number];

function typedLine({ appId: _app, tag: _tag, rateRequests: requests, rateSeconds: seconds, ...line }: Line) {
  return {
    ...line,
    proxy: proxyRules.parse(line.proxy),
    rate: requests !== null && seconds !== null ? { requests, seconds } : null,
  };
}
