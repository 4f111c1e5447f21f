import type { Prisma, PrismaClient } from '../../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';

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

export const taggedAdminTokens = {
  name: 'admin_token',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    secretHash: 'secret_hash',
    name: 'name',
    role: 'role',
    madeBy: 'made_by',
    parentId: 'parent_id',
    expiresAt: 'expires_at',
  },
} as const satisfies TaggedTable<string>;

export function createAdminTokenStore(prisma: PrismaClient, tags: RowTags): AdminTokenStore {
  const believed = (row: AdminTokenRow | null) =>
    row && tags.believes(taggedAdminTokens, row) ? row : undefined;
  return {
    insert: (token) =>
      prisma.adminToken.create({ data: { ...token, tag: tags.tag(taggedAdminTokens, token) } }),
    findByHash: async (secretHash) => believed(await prisma.adminToken.findUnique({ where: { secretHash } })),
    find: async (id) => believed(await prisma.adminToken.findUnique({ where: { id } })),
    all: async () => (await prisma.adminToken.findMany({ orderBy: { id: 'asc' } })).filter(believed),
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
