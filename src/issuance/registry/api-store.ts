import { z } from 'zod';
import { type Database, isUniqueViolation } from '../../kit/database/database.ts';
import type { Api } from './api.ts';
import { tokenFormat } from './app.ts';
import { isPlainId, type ListPage } from './input.ts';
import { notifyRegistrationChange } from './registration-channel.ts';
import { signingAlg } from './signing-alg.ts';

export type ApiFields = Omit<Api, 'createdAt' | 'hasSecret'>;

export interface ApiStore {
  /** Returns false when another API has the identifier. */
  create(fields: ApiFields): Promise<boolean>;
  replace(fields: ApiFields): Promise<void>;
  find(id: string): Promise<Api | undefined>;
  findByIdentifier(identifier: string): Promise<Api | undefined>;
  list(page: ListPage): Promise<readonly Api[]>;
  remove(id: string): Promise<boolean>;
  /** Returns false when there is no such API. */
  setSecret(id: string, secretHash: string): Promise<boolean>;
  secretHashOf(id: string): Promise<string | null>;
}

const scopes = z.array(z.object({ name: z.string(), description: z.string() }));

export function createApiStore({ prisma, pool }: Database): ApiStore {
  const columns = (fields: ApiFields) => ({
    ...fields,
    scopes: fields.scopes.map(({ name, description }) => ({ name, description })),
  });
  return {
    async create(fields) {
      try {
        await prisma.api.create({ data: columns(fields) });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async replace(fields) {
      await prisma.api.update({ where: { id: fields.id }, data: columns(fields) });
      await notifyRegistrationChange(pool);
    },
    async find(id) {
      if (!isPlainId(id)) return undefined;
      const row = await prisma.api.findUnique({ where: { id } });
      return row ? typed(row) : undefined;
    },
    async findByIdentifier(identifier) {
      const row = await prisma.api.findUnique({ where: { identifier } });
      return row ? typed(row) : undefined;
    },
    async list({ limit, cursor }) {
      const rows = await prisma.api.findMany({
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        take: limit,
        ...(cursor !== undefined && { cursor: { id: cursor }, skip: 1 }),
      });
      return rows.map(typed);
    },
    async remove(id) {
      const { count } = await prisma.api.deleteMany({ where: { id } });
      await notifyRegistrationChange(pool);
      return count === 1;
    },
    async setSecret(id, secretHash) {
      const { count } = await prisma.api.updateMany({ where: { id }, data: { secretHash } });
      await notifyRegistrationChange(pool);
      return count === 1;
    },
    async secretHashOf(id) {
      const row = await prisma.api.findUnique({ where: { id }, select: { secretHash: true } });
      return row?.secretHash ?? null;
    },
  };
}

type Row = NonNullable<Awaited<ReturnType<Database['prisma']['api']['findUnique']>>>;

function typed({ secretHash, ...row }: Row): Api {
  return {
    ...row,
    scopes: scopes.parse(row.scopes),
    accessTokenFormat: tokenFormat.parse(row.accessTokenFormat),
    signingAlg: signingAlg.parse(row.signingAlg),
    hasSecret: secretHash !== null,
  };
}
