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
  columns: {
    id: 'id',
    handleHash: 'handle_hash',
    role: 'role',
    invitedBy: 'invited_by',
    expiresAt: 'expires_at',
    usedAt: 'used_at',
    usedBy: 'used_by',
    setupAt: 'setup_at',
    connectionId: 'connection_id',
  },
} as const satisfies TaggedTable<string>;

/** Two writers of one invitation are two tabs of a browser, so that few rounds suffice. */
const rounds = 3;

export function createInvitationStore(prisma: PrismaClient, tags: RowTags): InvitationStore {
  /**
   * Changes an invitation that is believed, with its tag, unless `when` refuses it as it is now. The former tag is the
   * condition: of several changes at once, one happens, and the others look again.
   */
  async function change(
    id: string,
    when: (row: InvitationRow) => boolean,
    changes: Partial<Omit<InvitationRow, 'id' | 'tag' | 'createdAt'>>,
  ): Promise<boolean> {
    for (let round = 0; round < rounds; round++) {
      const row = await prisma.adminInvitation.findUnique({ where: { id } });
      if (!row || !tags.believes(taggedInvitations, row) || !when(row)) return false;
      const tag = tags.tag(taggedInvitations, { ...row, ...changes });
      const { count } = await prisma.adminInvitation.updateMany({
        where: { id, tag: row.tag },
        data: { ...changes, tag },
      });
      if (count === 1) return true;
    }
    return false;
  }
  const isOpen = ({ usedAt, expiresAt }: InvitationRow, now: Date) => usedAt === null && expiresAt > now;

  return {
    async insert(invitation) {
      const tag = tags.tag(taggedInvitations, { ...unused, ...invitation });
      await prisma.adminInvitation.create({ data: { ...invitation, tag } });
    },
    async findOpen(handleHash, now) {
      const where = { handleHash, usedAt: null, expiresAt: { gt: now } };
      const row = await prisma.adminInvitation.findFirst({ where });
      return row && tags.believes(taggedInvitations, row) ? row : undefined;
    },
    use: (id, { userId, now }) => change(id, (row) => isOpen(row, now), { usedAt: now, usedBy: userId }),
    async release(id) {
      await change(id, () => true, { usedAt: null, usedBy: null });
    },
    beginSetup: (id, handleHash, { now, expiresAt }) =>
      change(id, (row) => isOpen(row, now) && row.setupAt === null, { handleHash, setupAt: now, expiresAt }),
    async setConnection(id, connectionId) {
      await change(id, () => true, { connectionId });
    },
    async removeExpired(before) {
      await prisma.adminInvitation.deleteMany({ where: { expiresAt: { lt: before } } });
    },
  };
}

const unused = { usedAt: null, usedBy: null, setupAt: null, connectionId: null };
