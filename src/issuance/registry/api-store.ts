import { z } from 'zod';
import { type Database, isUniqueViolation } from '../../kit/database/database.ts';
import type { RowTags } from '../../kit/keys/row-tags.ts';
import { type Edit, requireVersion } from '../../kit/versions.ts';
import { apiClients } from './api.ts';
import { type StoredApi, storedApiConnections } from './api-policy.ts';
import { tokenFormat } from './app.ts';
import { isPlainId, type ListPage } from './input.ts';
import { plainRule } from './proxy-rules.ts';
import { notifyRegistrationChange } from './registration-channel.ts';
import { signingAlg } from './signing-alg.ts';
import { taggedApis } from './tagged-registry.ts';
import { tokenBinding } from './token-binding.ts';

export type ApiFields = Omit<StoredApi, 'createdAt' | 'hasSecret' | 'version' | 'managedBy'>;

export interface ApiStore {
  /** Returns false when another API has the identifier. */
  create(fields: ApiFields, managedBy: string | null): Promise<boolean>;
  /** @throws StaleVersion */
  replace(fields: ApiFields, edit: Edit): Promise<void>;
  find(id: string): Promise<StoredApi | undefined>;
  findByIdentifier(identifier: string): Promise<StoredApi | undefined>;
  /** Returns the identifiers of the APIs that take any app. */
  open(): Promise<readonly string[]>;
  list(page: ListPage): Promise<readonly StoredApi[]>;
  /** Returns the APIs for which this app may act. */
  ofClient(clientId: string): Promise<readonly StoredApi[]>;
  /** Returns false when there is no such API. @throws StaleVersion */
  remove(id: string, edit?: Edit): Promise<boolean>;
  /** Returns false when there is no such API. @throws StaleVersion */
  setSecret(id: string, secretHash: string, edit: Edit): Promise<boolean>;
  secretHashOf(id: string): Promise<string | null>;
}

/** The number of APIs for which one app can act. */
const mostOfClient = 100;

const scopes = z.array(
  z.object({ name: z.string(), description: z.string(), optional: z.boolean().default(false) }),
);

export function createApiStore({ prisma, pool }: Database, tags: RowTags): ApiStore {
  const columns = (fields: ApiFields) => ({
    ...fields,
    scopes: fields.scopes.map(({ name, description, optional }) => ({ name, description, optional })),
    connections: fields.connections.map(({ scopes, proxy, proxyHeaders, rate, ...line }) => ({
      ...line,
      scopes: [...scopes],
      proxy: proxy.map(plainRule),
      proxyHeaders: [...proxyHeaders],
      rate: rate && { requests: rate.requests, seconds: rate.seconds },
    })),
  });
  const believed = (row: Row) => tags.believes(taggedApis, row);
  /** Changes a row and its tag in one transaction. Returns false when there is no such API. */
  const change = (
    id: string,
    data: Partial<ReturnType<typeof columns>> & { secretHash?: string },
    edit: Edit,
  ) =>
    prisma.$transaction(async (transaction) => {
      // The lock orders concurrent changes, so that the tag is the one of the row that stays.
      await transaction.$queryRaw`SELECT id FROM api WHERE id = ${id} FOR UPDATE`;
      const before = await transaction.api.findUnique({ where: { id } });
      if (!before || !believed(before)) return false;
      requireVersion(before.version, edit);
      const tag = tags.tag(taggedApis, { ...before, ...data });
      const { managedBy = before.managedBy } = edit;
      const version = before.version + 1;
      await transaction.api.update({ where: { id }, data: { ...data, managedBy, version, tag } });
      return true;
    });
  return {
    async create(fields, managedBy) {
      try {
        const tag = tags.tag(taggedApis, { ...fields, secretHash: null });
        await prisma.api.create({ data: { ...columns(fields), managedBy, tag } });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async replace(fields, edit) {
      await change(fields.id, columns(fields), edit);
      await notifyRegistrationChange(pool);
    },
    async find(id) {
      if (!isPlainId(id)) return undefined;
      const row = await prisma.api.findUnique({ where: { id } });
      return row && believed(row) ? typed(row) : undefined;
    },
    async findByIdentifier(identifier) {
      const row = await prisma.api.findUnique({ where: { identifier } });
      return row && believed(row) ? typed(row) : undefined;
    },
    async open() {
      const rows = await prisma.api.findMany({ where: { clients: 'any' }, orderBy: { id: 'asc' } });
      return rows.filter(believed).map(({ identifier }) => identifier);
    },
    async list({ limit, cursor }) {
      const rows = await prisma.api.findMany({
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
        ...(cursor !== undefined && { cursor: { id: cursor }, skip: 1 }),
      });
      return rows.filter(believed).map(typed);
    },
    async ofClient(client) {
      const rows = await prisma.api.findMany({
        where: { client },
        orderBy: { id: 'asc' },
        take: mostOfClient,
      });
      return rows.filter(believed).map(typed);
    },
    async remove(id, edit = {}) {
      const count = await prisma.$transaction(async (transaction) => {
        await transaction.$queryRaw`SELECT id FROM api WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.api.findUnique({ where: { id } });
        if (before) requireVersion(before.version, edit);
        return (await transaction.api.deleteMany({ where: { id } })).count;
      });
      await notifyRegistrationChange(pool);
      return count === 1;
    },
    async setSecret(id, secretHash, edit) {
      const changed = await change(id, { secretHash }, edit);
      await notifyRegistrationChange(pool);
      return changed;
    },
    async secretHashOf(id) {
      const row = await prisma.api.findUnique({ where: { id } });
      return row && believed(row) ? row.secretHash : null;
    },
  };
}

type Row = NonNullable<Awaited<ReturnType<Database['prisma']['api']['findUnique']>>>;

function typed({ secretHash, tag: _tag, ...row }: Row): StoredApi {
  return {
    ...row,
    connections: storedApiConnections.parse(row.connections),
    scopes: scopes.parse(row.scopes),
    accessTokenFormat: tokenFormat.parse(row.accessTokenFormat),
    signingAlg: signingAlg.parse(row.signingAlg),
    tokenBinding: tokenBinding.parse(row.tokenBinding),
    clients: apiClients.parse(row.clients),
    hasSecret: secretHash !== null,
  };
}
