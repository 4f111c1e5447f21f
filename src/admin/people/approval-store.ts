import type { Prisma, PrismaClient } from '../../kit/database/database.ts';
import { olderThan, pastRangeEnd } from '../../kit/database/timestamp-range.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';

export type ApprovalRow = Prisma.AdminApprovalModel;

export type NewApproval = Pick<
  ApprovalRow,
  'id' | 'operation' | 'reason' | 'principal' | 'actorKind' | 'actorId' | 'createdAt' | 'expiresAt'
> & {
  readonly params: Readonly<Record<string, string>>;
  /** Sealed. */
  readonly request: Uint8Array<ArrayBuffer>;
};

export interface Decision {
  readonly state: 'approved' | 'refused';
  readonly decidedBy: string;
  readonly now: Date;
}

export interface ApprovalStore {
  insert(approval: NewApproval): Promise<ApprovalRow>;
  find(id: string): Promise<ApprovalRow | undefined>;
  /** Returns them from the newest to the oldest. */
  list(
    limit: number,
    after: { readonly at: Date; readonly id: string } | undefined,
  ): Promise<readonly ApprovalRow[]>;
  /** Decides a pending one that has not expired, in one statement: of several decisions, one gets true. */
  decide(id: string, decision: Decision): Promise<boolean>;
  /** Keeps the outcome of an approved change, and drops the request. */
  settle(
    id: string,
    outcome: { readonly answer?: Uint8Array<ArrayBuffer>; readonly failure?: string },
  ): Promise<void>;
  /** Returns the sealed answer, the first time. */
  takeAnswer(id: string): Promise<Uint8Array | undefined>;
  removeExpired(before: Date): Promise<void>;
}

/** Request and answer are sealed for this id, and have no tag: a lost key is given up without the key of the tags. */
export const taggedApprovals = {
  name: 'admin_approval',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    operation: 'operation',
    params: 'params',
    reason: 'reason',
    principal: 'principal',
    actorKind: 'actor_kind',
    actorId: 'actor_id',
    state: 'state',
    decidedBy: 'decided_by',
    decidedAt: 'decided_at',
    failure: 'failure',
    createdAt: 'created_at',
    expiresAt: 'expires_at',
  },
} as const satisfies TaggedTable<string>;

export function createApprovalStore(prisma: PrismaClient, tags: RowTags): ApprovalStore {
  const believed = (row: ApprovalRow | null) =>
    row && tags.believes(taggedApprovals, row) ? row : undefined;
  const find: ApprovalStore['find'] = async (id) =>
    believed(await prisma.adminApproval.findUnique({ where: { id } }));

  /** Changes an approval with its tag. The former tag is the condition: of several changes at once, one happens. */
  async function change(
    row: ApprovalRow,
    changes: Partial<
      Pick<ApprovalRow, 'state' | 'decidedBy' | 'decidedAt' | 'failure' | 'request' | 'answer'>
    >,
  ): Promise<boolean> {
    const tag = tags.tag(taggedApprovals, { ...row, ...changes });
    const { count } = await prisma.adminApproval.updateMany({
      where: { id: row.id, tag: row.tag },
      data: { ...changes, tag },
    });
    return count === 1;
  }

  return {
    insert: (approval) => {
      const tag = tags.tag(taggedApprovals, { ...pending, ...approval });
      return prisma.adminApproval.create({ data: { ...approval, tag } });
    },
    find,
    list: async (limit, after) => {
      const rows = await prisma.adminApproval.findMany({
        take: limit,
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        ...pastRangeEnd(after),
        ...(after && {
          where: olderThan(after),
        }),
      });
      return rows.filter(believed);
    },
    async decide(id, { state, decidedBy, now }) {
      const row = await find(id);
      if (row?.state !== 'pending' || !row.request || row.expiresAt <= now) return false;
      const dropped = state === 'refused' ? { request: null } : {};
      return await change(row, { state, decidedBy, decidedAt: now, ...dropped });
    },
    async settle(id, { answer, failure }) {
      const row = await find(id);
      const outcome = failure === undefined ? { answer: answer ?? null } : { state: 'failed', failure };
      if (row) await change(row, { ...outcome, request: null });
    },
    async takeAnswer(id) {
      const row = await find(id);
      if (!row?.answer) return undefined;
      // The condition lets one of several readers have it.
      const taken = await prisma.adminApproval.updateMany({
        where: { id, answer: row.answer },
        data: { answer: null },
      });
      return taken.count === 1 ? row.answer : undefined;
    },
    async removeExpired(before) {
      await prisma.adminApproval.deleteMany({ where: { expiresAt: { lt: before } } });
    },
  };
}

const pending = { state: 'pending', decidedBy: null, decidedAt: null, failure: null };
