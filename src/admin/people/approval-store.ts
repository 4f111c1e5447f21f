import type { Prisma, PrismaClient } from '../../kit/database/database.ts';
import { pastRangeEnd } from '../../kit/database/timestamp-range.ts';

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

export function createApprovalStore(prisma: PrismaClient): ApprovalStore {
  const find: ApprovalStore['find'] = async (id) =>
    (await prisma.adminApproval.findUnique({ where: { id } })) ?? undefined;
  return {
    insert: (approval) => prisma.adminApproval.create({ data: approval }),
    find,
    list: (limit, after) =>
      prisma.adminApproval.findMany({
        take: limit,
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        ...pastRangeEnd(after),
        ...(after && {
          where: { OR: [{ createdAt: { lt: after.at } }, { createdAt: after.at, id: { lt: after.id } }] },
        }),
      }),
    async decide(id, { state, decidedBy, now }) {
      const { count } = await prisma.adminApproval.updateMany({
        where: { id, state: 'pending', expiresAt: { gt: now } },
        data: { state, decidedBy, decidedAt: now, ...(state === 'refused' && { request: null }) },
      });
      return count === 1;
    },
    async settle(id, { answer, failure }) {
      const data = failure === undefined ? { answer: answer ?? null } : { state: 'failed', failure };
      await prisma.adminApproval.updateMany({ where: { id }, data: { ...data, request: null } });
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
