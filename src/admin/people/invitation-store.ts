import type { Prisma, PrismaClient } from '../../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';

export type InvitationRow = Prisma.AdminInvitationModel;

export interface NewInvitation {
  readonly id: string;
  readonly handleHash: string;
  readonly role: string;
  readonly invitedBy: string;
  readonly expiresAt: Date;
}

export interface InvitationStore {
  insert(invitation: NewInvitation): Promise<void>;
  /** Returns the invitation unless it was used or has expired. */
  findOpen(handleHash: string, now: Date): Promise<InvitationRow | undefined>;
  /** Marks it as used, in one statement: of several attempts, one gets true. */
  use(id: string, by: { readonly userId: string; readonly now: Date }): Promise<boolean>;
  /** Opens it again after the role could not be given. */
  release(id: string): Promise<void>;
  /**
   * Gives it to one browser under a new handle, for the setup of the first connection. Of several browsers, one gets true.
   */
  beginSetup(
    id: string,
    handleHash: string,
    until: { readonly now: Date; readonly expiresAt: Date },
  ): Promise<boolean>;
  setConnection(id: string, connectionId: string | null): Promise<void>;
  removeExpired(before: Date): Promise<void>;
}

export const taggedInvitations = {
  name: 'admin_invitation',
  version: 1,
  key: ['id'],
  columns: { id: 'id', handleHash: 'handle_hash', role: 'role', expiresAt: 'expires_at' },
} as const satisfies TaggedTable<string>;

export function createInvitationStore(prisma: PrismaClient, tags: RowTags): InvitationStore {
  return {
    async insert(invitation) {
      const tag = tags.tag(taggedInvitations, invitation);
      await prisma.adminInvitation.create({ data: { ...invitation, tag } });
    },
    async findOpen(handleHash, now) {
      const where = { handleHash, usedAt: null, expiresAt: { gt: now } };
      const row = await prisma.adminInvitation.findFirst({ where });
      return row && tags.believes(taggedInvitations, row) ? row : undefined;
    },
    async use(id, { userId, now }) {
      const { count } = await prisma.adminInvitation.updateMany({
        where: { id, usedAt: null, expiresAt: { gt: now } },
        data: { usedAt: now, usedBy: userId },
      });
      return count === 1;
    },
    async release(id) {
      await prisma.adminInvitation.updateMany({ where: { id }, data: { usedAt: null, usedBy: null } });
    },
    async beginSetup(id, handleHash, { now, expiresAt }) {
      const row = await prisma.adminInvitation.findUnique({ where: { id } });
      if (!row || !tags.believes(taggedInvitations, row)) return false;
      const tag = tags.tag(taggedInvitations, { ...row, handleHash, expiresAt });
      const { count } = await prisma.adminInvitation.updateMany({
        where: { id, usedAt: null, setupAt: null, expiresAt: { gt: now } },
        data: { handleHash, setupAt: now, expiresAt, tag },
      });
      return count === 1;
    },
    async setConnection(id, connectionId) {
      await prisma.adminInvitation.updateMany({ where: { id }, data: { connectionId } });
    },
    async removeExpired(before) {
      await prisma.adminInvitation.deleteMany({ where: { expiresAt: { lt: before } } });
    },
  };
}
