import type { Prisma, PrismaClient } from '../../kit/database/database.ts';

export type AdminTokenRow = Prisma.AdminTokenModel;

export type NewAdminToken = Omit<AdminTokenRow, 'createdAt' | 'lastUsedAt' | 'lastUsedAddress' | 'tag'>;

export interface LastUse {
  readonly at: Date;
  readonly address: string | null;
}

export interface AdminTokenStore {
  insert(token: NewAdminToken): Promise<AdminTokenRow>;
  findByHash(secretHash: string): Promise<AdminTokenRow | undefined>;
  find(id: string): Promise<AdminTokenRow | undefined>;
  /** Returns all tokens, the oldest first. */
  all(): Promise<readonly AdminTokenRow[]>;
  /** Removes a token with those that were made with it. Returns false if it did not exist. */
  remove(id: string): Promise<boolean>;
  /** Notes a use unless one was noted after `notedBefore`. */
  noteUse(id: string, use: LastUse, notedBefore: Date): Promise<void>;
  /** Does the same for ADMIN_API_TOKEN. */
  noteBootstrapUse(use: LastUse, notedBefore: Date): Promise<void>;
  bootstrapUse(): Promise<LastUse | undefined>;
}

export function createAdminTokenStore(prisma: PrismaClient): AdminTokenStore {
  return {
    insert: (token) => prisma.adminToken.create({ data: token }),
    findByHash: async (secretHash) =>
      (await prisma.adminToken.findUnique({ where: { secretHash } })) ?? undefined,
    find: async (id) => (await prisma.adminToken.findUnique({ where: { id } })) ?? undefined,
    all: () => prisma.adminToken.findMany({ orderBy: { id: 'asc' } }),
    remove: async (id) => (await prisma.adminToken.deleteMany({ where: { id } })).count > 0,
    async noteUse(id, { at, address }, notedBefore) {
      const due = { OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: notedBefore } }] };
      const data = { lastUsedAt: at, lastUsedAddress: address };
      await prisma.adminToken.updateMany({ where: { id, ...due }, data });
    },
    async noteBootstrapUse(use, notedBefore) {
      const { count } = await prisma.adminBootstrapUse.updateMany({
        where: { at: { lt: notedBefore } },
        data: { ...use },
      });
      if (count === 0)
        await prisma.adminBootstrapUse.createMany({ data: [{ ...use }], skipDuplicates: true });
    },
    bootstrapUse: async () => (await prisma.adminBootstrapUse.findUnique({ where: { id: 1 } })) ?? undefined,
  };
}
