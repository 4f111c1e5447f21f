import { z } from 'zod';
import { type Database, isUniqueViolation, Prisma, type Transaction } from '../../kit/database/database.ts';
import type { RowTags } from '../../kit/keys/row-tags.ts';
import { givenText } from '../../kit/localized.ts';
import { Problem } from '../../kit/problem.ts';
import { type Edit, requireVersion } from '../../kit/versions.ts';
import {
  type AccountConsent,
  type App,
  accountConsent,
  appAbout,
  type ConnectionRate,
  deliveryMode,
  detailType,
  newApp,
  registration,
  tokenFormat,
} from './app.ts';
import { type AppAtConnection, appsAtConnections } from './app-at-connections-store.ts';
import { type AppPage, listAppIds } from './app-list-store.ts';
import { storedClientKeys } from './client-keys.ts';
import { isAppId } from './input.ts';
import { type ProxyRule, plainRule, proxyRules } from './proxy-rules.ts';
import { notifyRegistrationChange, registrationChannel } from './registration-channel.ts';
import { taggedAppConnections, taggedApps } from './tagged-registry.ts';
import { tokenBinding } from './token-binding.ts';

/** An app as the table stores it: connections by their ids. */
export interface StoredApp extends Omit<App, 'connections'> {
  readonly secretHash: string | null;
  readonly connections: readonly StoredAppConnection[];
}

export interface StoredAppConnection {
  readonly connectionId: string;
  readonly scopes: readonly string[];
  readonly background: boolean;
  readonly consent: AccountConsent;
  readonly handout: boolean;
  readonly proxy: readonly ProxyRule[];
  readonly proxyHeaders: readonly string[];
  readonly rate: ConnectionRate | null;
}

/** The moments that are written without a change of the app. */
type Moments = 'documentReadAt' | 'documentFreshUntil' | 'lastUsedAt';
export type AppFields = Omit<StoredApp, 'createdAt' | 'updatedAt' | 'version' | 'removedAt' | Moments>;

export interface AppStore {
  /** Returns false when there is an app with that id. */
  create(fields: AppFields): Promise<boolean>;
  /**
   * Replaces the fields of the app. Without a version it is replaced whatever its state is, and a removed one is back.
   * `ending`: what was issued to it ends with the same transaction. @throws StaleVersion; Problem not_found
   */
  replace(fields: AppFields, version?: number, ending?: 'ending'): Promise<void>;
  find(id: string): Promise<StoredApp | undefined>;
  list(page: AppPage): Promise<readonly StoredApp[]>;
  /** Switches the app off, ends what was issued to it, and hides it. Returns false when there is no such app. @throws StaleVersion */
  remove(id: string, now: Date, edit?: Edit): Promise<boolean>;
  /** Returns whether the app was removed and is not deleted yet. */
  isRemoved(id: string): Promise<boolean>;
  /**
   * Shows an app again that was removed after `since`. It stays switched off. One with a metadata document can always come
   * back, and people are then asked again.
   */
  restore(id: string, since: Date, now: Date): Promise<boolean>;
  /**
   * Deletes the apps that were removed before. Returns their ids. Of one with a metadata document the consents go and the row
   * stays: it would come back with the next sign-in.
   */
  deleteRemoved(before: Date): Promise<readonly string[]>;
  /** Returns the enabled apps that may use these connections in the background, and the operator's own. */
  atConnections(connectionIds: readonly string[]): Promise<readonly AppAtConnection[]>;
}

/**
 * Revokes everything issued to apps, with the transaction that is the reason. `readmitted`: the apps are let in again, and lose
 * what they got while they were out.
 */
export type EndAppsIn = (
  transaction: Transaction,
  ids: readonly string[],
  readmitted?: 'readmitted',
) => Promise<void>;

export interface AppStoreDeps {
  readonly tags: RowTags;
  readonly endIn: EndAppsIn;
}

export function createAppStore({ prisma, pool }: Database, { tags, endIn }: AppStoreDeps): AppStore {
  const include = { connections: { orderBy: { connectionId: 'asc' } } } as const;
  const columns = ({ connections: _policy, ...fields }: AppFields) => ({
    ...fields,
    tag: tags.tag(taggedApps, fields),
    redirectUris: [...fields.redirectUris],
    postLogoutRedirectUris: [...fields.postLogoutRedirectUris],
    apis: [...fields.apis],
    introspects: [...fields.introspects],
    authorizationDetailsTypes: [...fields.authorizationDetailsTypes],
    jwks: fields.jwks ?? Prisma.DbNull,
    signInConnections: [...(fields.signInConnections ?? [])],
    limitsSignIn: fields.signInConnections !== null,
    displayName: fields.displayName ? { ...fields.displayName } : Prisma.DbNull,
    about: fields.about ? { ...fields.about } : Prisma.DbNull,
  });
  /** Runs `work` on the locked row, so that concurrent changes follow each other. */
  const locked = <T>(id: string, work: (transaction: Transaction, row: Row | undefined) => Promise<T>) =>
    prisma.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT id FROM app WHERE id = ${id} FOR UPDATE`;
      const row = await transaction.app.findUnique({ where: { id }, include });
      const result = await work(transaction, row ?? undefined);
      // The time comes from the database's clock, which Prisma cannot write.
      await transaction.$executeRaw`UPDATE app SET updated_at = clock_timestamp() WHERE id = ${id}`;
      await transaction.$executeRaw`SELECT pg_notify(${registrationChannel}, '')`;
      return result;
    });
  const policyRows = ({ id: appId, connections }: AppFields) =>
    connections.map(({ connectionId, scopes, background, consent, handout, proxy, proxyHeaders, rate }) => {
      const line = {
        connectionId,
        scopes: [...scopes],
        background,
        consent,
        handout,
        proxy: proxy.map(plainRule),
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
    replace: (fields, version, ending) =>
      locked(fields.id, async (transaction, row) => {
        const { id } = fields;
        if (!row || (version !== undefined && row.removedAt)) throw new Problem('not_found');
        requireVersion(row.version, { version });
        await transaction.app.update({
          where: { id },
          data: {
            ...columns(fields),
            connections: { deleteMany: {}, create: policyRows(fields) },
            version: row.version + 1,
            removedAt: null,
          },
        });
        const isBack = fields.enabled && !row.enabled;
        if (ending || isBack) await endIn(transaction, [id], isBack ? 'readmitted' : undefined);
      }),
    async find(id) {
      if (!isAppId(id)) return undefined;
      const row = await prisma.app.findUnique({ where: { id, removedAt: null }, include });
      return row && believed(row) ? typedRow(row) : undefined;
    },
    async list(page) {
      const ids = await listAppIds(pool, page);
      const found = await prisma.app.findMany({ include, where: { id: { in: [...ids] } } });
      const byId = new Map(found.filter(believed).map((row) => [row.id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []).map(typedRow);
    },
    atConnections: (connectionIds) => appsAtConnections(prisma, connectionIds),
    remove: (id, now, edit = {}) =>
      locked(id, async (transaction, row) => {
        if (!row || row.removedAt || !believed(row)) return false;
        requireVersion(row.version, edit);
        // The tag does not cover the time of removal. It covers that the app is switched off.
        const change = { enabled: false, tag: tags.tag(taggedApps, { ...row, enabled: false }) };
        const data = { ...change, removedAt: now, version: row.version + 1 };
        await transaction.app.update({ where: { id }, data });
        await endIn(transaction, [id]);
        return true;
      }),
    async isRemoved(id) {
      const row = await prisma.app.findUnique({ where: { id }, select: { removedAt: true } });
      return row !== null && row.removedAt !== null;
    },
    restore: (id, since, now) =>
      locked(id, async (transaction, row) => {
        if (!row?.removedAt || !believed(row)) return false;
        const isByDocument = row.registration === 'document';
        if (!isByDocument && row.removedAt <= since) return false;
        const documentChangedAt = isByDocument ? now : row.documentChangedAt;
        const change = { documentChangedAt, tag: tags.tag(taggedApps, { ...row, documentChangedAt }) };
        const data = { ...change, removedAt: null, version: row.version + 1 };
        await transaction.app.update({ where: { id }, data });
        return true;
      }),
    async deleteRemoved(before) {
      const { rows } = await pool.query<{ id: string }>(
        `DELETE FROM app WHERE removed_at < $1 AND registration IS DISTINCT FROM 'document' RETURNING id`,
        [before],
      );
      await pool.query('DELETE FROM consent USING app WHERE app.id = app_id AND removed_at < $1', [before]);
      if (rows.length > 0) await notifyRegistrationChange(pool);
      return rows.map(({ id }) => id);
    },
  };
}

/** A later version may have stored further facts. */
const storedAbout = appAbout.strip();

type Row = Prisma.AppGetPayload<{ include: { connections: true } }>;

function typed({ connections, tag: _tag, limitsSignIn, ...row }: Row): StoredApp {
  return {
    ...row,
    signInConnections: limitsSignIn ? row.signInConnections : null,
    displayName: givenText(1000).nullable().parse(row.displayName),
    about: storedAbout.nullable().parse(row.about),
    accessTokenFormat: tokenFormat.nullable().parse(row.accessTokenFormat),
    registration: registration.nullable().parse(row.registration),
    tokenBinding: tokenBinding.parse(row.tokenBinding),
    backgroundBinding: tokenBinding.parse(row.backgroundBinding),
    type: newApp.shape.type.parse(row.type),
    jwks: storedClientKeys.nullable().parse(row.jwks),
    authorizationDetailsTypes: z.array(detailType).parse(row.authorizationDetailsTypes),
    backchannelTokenDeliveryMode: deliveryMode.nullable().parse(row.backchannelTokenDeliveryMode),
    connections: connections.map(typedLine),
  };
}

type Line = Row['connections'][number];

function typedLine({ appId: _app, tag: _tag, rateRequests: requests, rateSeconds: seconds, ...line }: Line) {
  return {
    ...line,
    consent: accountConsent.parse(line.consent),
    proxy: proxyRules.parse(line.proxy),
    rate: requests !== null && seconds !== null ? { requests, seconds } : null,
  };
}
