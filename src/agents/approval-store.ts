import type { Database, Prisma } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import type { AgentPair } from './ports.ts';

export type ApprovalRow = Prisma.AgentApprovalModel;

export type NewApproval = Omit<ApprovalRow, 'usedAt' | 'tag' | 'content'> & {
  readonly content: Uint8Array<ArrayBuffer>;
};

/** A change of the state. The content goes with the last one. */
export type StateChange = Partial<
  Pick<ApprovalRow, 'state' | 'decidedBy' | 'decidedAt' | 'usedAt' | 'expiresAt'>
> & { readonly content?: null };

export interface ApprovalStore {
  insert(approval: NewApproval): Promise<void>;
  find(id: string): Promise<ApprovalRow | undefined>;
  /** Returns the latest approval of this call that is pending, approved, or denied lately. */
  findOpen(pair: AgentPair, digest: string, now: Date): Promise<ApprovalRow | undefined>;
  /** Returns the approvals of a person in one of these states, the newest first. */
  ofUser(userId: string, states: readonly string[], limit: number): Promise<readonly ApprovalRow[]>;
  /** Changes an approval, unless another change came first. Returns whether it did. */
  change(row: ApprovalRow, change: StateChange): Promise<boolean>;
  /** Counts the approvals of a client that are pending, were made, or were used. */
  counts(
    pair: AgentPair,
    since: { readonly now: Date; readonly made: Date; readonly used: Date },
  ): Promise<Counts>;
  /** Counts the open approvals and those used since, of each client. */
  countOf(clientId: string, now: Date, since: Date): Promise<Pick<Counts, 'pending' | 'used'>>;
  /** Returns pending and approved ones whose time is over. */
  overdue(now: Date, limit: number): Promise<readonly ApprovalRow[]>;
  prune(before: Date): Promise<void>;
}

export interface Counts {
  readonly pending: number;
  readonly made: number;
  readonly used: number;
}

/** The content is sealed for this id, and has no tag: a lost key is given up without the key of the tags. */
export const taggedAgentApprovals = {
  name: 'agent_approval',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    kind: 'kind',
    userId: 'user_id',
    appId: 'app_id',
    connectionId: 'connection_id',
    identityId: 'identity_id',
    digest: 'digest',
    seen: 'seen',
    state: 'state',
    decidedBy: 'decided_by',
    decidedAt: 'decided_at',
    usedAt: 'used_at',
    createdAt: 'created_at',
    expiresAt: 'expires_at',
  },
} as const satisfies TaggedTable<string>;

export function createApprovalStore({ prisma }: Pick<Database, 'prisma'>, tags: RowTags): ApprovalStore {
  const believed = (row: ApprovalRow) => tags.believes(taggedAgentApprovals, row);
  const open = { in: ['pending', 'approved'] };
  const newest = { createdAt: 'desc' } as const;
  const count = (where: Prisma.AgentApprovalWhereInput) => prisma.agentApproval.count({ where });

  return {
    async insert(approval) {
      const tag = tags.tag(taggedAgentApprovals, { ...approval, usedAt: null });
      await prisma.agentApproval.create({ data: { ...approval, tag } });
    },
    async find(id) {
      const row = await prisma.agentApproval.findUnique({ where: { id } });
      return row && believed(row) ? row : undefined;
    },
    async findOpen({ userId, clientId: appId }, digest, now) {
      const states = { in: ['pending', 'approved', 'denied'] };
      const where = { userId, appId, digest, state: states, expiresAt: { gt: now } };
      const rows = await prisma.agentApproval.findMany({ where, orderBy: newest, take: 5 });
      return rows.find(believed);
    },
    async ofUser(userId, states, limit) {
      const where = { userId, state: { in: [...states] } };
      return (await prisma.agentApproval.findMany({ where, orderBy: newest, take: limit })).filter(believed);
    },
    async change(row, change) {
      const tag = tags.tag(taggedAgentApprovals, { ...row, ...change });
      // The former state and tag are the condition: of several changes at once, one happens.
      const { count: changed } = await prisma.agentApproval.updateMany({
        where: { id: row.id, state: row.state, tag: row.tag },
        data: { ...change, tag },
      });
      return changed === 1;
    },
    async counts({ userId, clientId: appId }, { now, made, used }) {
      const of = { userId, appId };
      const [pendingNow, madeSince, usedSince] = await Promise.all([
        count({ ...of, state: 'pending', expiresAt: { gt: now } }),
        count({ ...of, createdAt: { gt: made } }),
        count({ ...of, usedAt: { gt: used } }),
      ]);
      return { pending: pendingNow, made: madeSince, used: usedSince };
    },
    async countOf(appId, now, since) {
      const [pending, used] = await Promise.all([
        count({ appId, state: 'pending', expiresAt: { gt: now } }),
        count({ appId, usedAt: { gt: since } }),
      ]);
      return { pending, used };
    },
    async overdue(now, limit) {
      const where = { state: open, expiresAt: { lte: now } };
      const rows = await prisma.agentApproval.findMany({ where, take: limit, orderBy: { expiresAt: 'asc' } });
      return rows.filter(believed);
    },
    async prune(before) {
      await prisma.agentApproval.deleteMany({ where: { expiresAt: { lt: before } } });
    },
  };
}
