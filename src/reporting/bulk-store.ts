import { z } from 'zod';
import type { Database, Prisma } from '../kit/database/database.ts';
import { olderThan, pastRangeEnd } from '../kit/database/timestamp-range.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import { actorKinds } from '../kit/request-context.ts';

export const bulkStates = ['preparing', 'running', 'paused', 'done', 'cancelled', 'failed'] as const;
export type BulkState = (typeof bulkStates)[number];
export const itemStates = ['pending', 'begun', 'done', 'failed'] as const;

const typed = z.object({ state: z.enum(bulkStates), actorKind: z.enum(actorKinds) });
const typedItem = z.object({ state: z.enum(itemStates) });

export interface BulkJobRow extends Omit<Prisma.BulkJobModel, 'state' | 'actorKind'>, z.infer<typeof typed> {}
export interface BulkItemRow extends Omit<Prisma.BulkItemModel, 'state'>, z.infer<typeof typedItem> {}

export type NewBulkJob = Pick<BulkJobRow, 'id' | 'act' | 'reason' | 'actorKind' | 'actorId' | 'principal'> & {
  readonly selection: Prisma.InputJsonObject;
  readonly createdAt: Date;
};

export type NewBulkItem = Pick<BulkItemRow, 'target' | 'userId' | 'connectionId'>;

/** The bulk jobs of admins, and their items. An item is begun by one process, whatever becomes of that process. */
export interface BulkStore {
  insert(job: NewBulkJob): Promise<BulkJobRow>;
  find(id: string): Promise<BulkJobRow | undefined>;
  /** Returns them from the newest to the oldest. */
  list(
    limit: number,
    after: { readonly at: Date; readonly id: string } | undefined,
  ): Promise<readonly BulkJobRow[]>;
  /** Returns the items in the order of their ids. */
  items(
    jobId: string,
    page: {
      readonly limit: number;
      readonly after: string | undefined;
      readonly states: readonly string[] | undefined;
    },
  ): Promise<readonly BulkItemRow[]>;
  /** Returns the jobs that have work and no process. */
  waiting(now: Date): Promise<readonly string[]>;
  /** Returns false if another process works on the job, or it is not to be worked on. */
  lease(id: string, now: Date, until: Date): Promise<boolean>;
  extend(id: string, until: Date): Promise<void>;
  release(id: string): Promise<void>;
  /** Returns false if the job was in none of these states. */
  setState(id: string, at: Date, state: BulkState, from: readonly BulkState[]): Promise<boolean>;
  addItems(jobId: string, items: readonly NewBulkItem[]): Promise<void>;
  /** Counts the items, and lets the job run. */
  start(id: string): Promise<void>;
  pending(jobId: string, limit: number): Promise<readonly BulkItemRow[]>;
  /** Returns the items that were begun before this moment and not settled. */
  abandoned(jobId: string, before: Date): Promise<readonly BulkItemRow[]>;
  /** Returns false if the job does not run any more, or another process has begun the item. */
  begin(jobId: string, target: string, at: Date): Promise<boolean>;
  settle(
    jobId: string,
    target: string,
    result: { readonly state: 'done' | 'failed' | 'pending'; readonly outcome: string | null },
  ): Promise<void>;
  prune(before: Date): Promise<void>;
}

/** The state is left out, since every process changes it all the time: it can only stop a job or let it go on. */
export const taggedBulkJobs = {
  name: 'bulk_job',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    act: 'act',
    selection: 'selection',
    reason: 'reason',
    actorKind: 'actor_kind',
    actorId: 'actor_id',
    principal: 'principal',
    createdAt: 'created_at',
  },
} as const satisfies TaggedTable<string>;

export function createBulkStore({ prisma, pool }: Database, tags: RowTags): BulkStore {
  const toRow = (row: Prisma.BulkJobModel): BulkJobRow => ({ ...row, ...typed.parse(row) });
  const toItem = (row: Prisma.BulkItemModel): BulkItemRow => ({ ...row, ...typedItem.parse(row) });
  const believed = (row: Prisma.BulkJobModel) => tags.believes(taggedBulkJobs, row);
  const itemsOf = async (query: Prisma.BulkItemFindManyArgs) =>
    (await prisma.bulkItem.findMany({ ...query, orderBy: { target: 'asc' } })).map(toItem);

  return {
    async insert(job) {
      return toRow(await prisma.bulkJob.create({ data: { ...job, tag: tags.tag(taggedBulkJobs, job) } }));
    },
    async find(id) {
      const row = await prisma.bulkJob.findUnique({ where: { id } });
      return row && believed(row) ? toRow(row) : undefined;
    },
    async list(limit, after) {
      const rows = await prisma.bulkJob.findMany({
        take: limit,
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        ...pastRangeEnd(after),
        ...(after && {
          where: olderThan(after),
        }),
      });
      return rows.filter(believed).map(toRow);
    },
    items: (jobId, { limit, after, states }) =>
      itemsOf({
        take: limit,
        where: {
          jobId,
          ...(after !== undefined && { target: { gt: after } }),
          ...(states && { state: { in: [...states] } }),
        },
      }),
    async waiting(now) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM bulk_job WHERE state IN ('preparing', 'running')
           AND (lease_until IS NULL OR lease_until < $1) ORDER BY id`,
        [now],
      );
      return rows.map(({ id }) => id);
    },
    async lease(id, now, until) {
      const { rowCount } = await pool.query(
        `UPDATE bulk_job SET lease_until = $2 WHERE id = $1 AND state IN ('preparing', 'running')
           AND (lease_until IS NULL OR lease_until < $3)`,
        [id, until, now],
      );
      return rowCount === 1;
    },
    async extend(id, until) {
      await pool.query('UPDATE bulk_job SET lease_until = $2 WHERE id = $1', [id, until]);
    },
    async release(id) {
      await pool.query('UPDATE bulk_job SET lease_until = NULL WHERE id = $1', [id]);
    },
    async setState(id, at, state, from) {
      const { rowCount } = await pool.query(
        `UPDATE bulk_job SET state = $2,
           finished_at = CASE WHEN $2 IN ('done', 'cancelled', 'failed') THEN $4::timestamptz END
         WHERE id = $1 AND state = ANY ($3)`,
        [id, state, from, at],
      );
      return rowCount === 1;
    },
    async addItems(jobId, items) {
      await prisma.bulkItem.createMany({
        data: items.map((item) => ({ jobId, ...item })),
        skipDuplicates: true,
      });
    },
    async start(id) {
      await pool.query(
        `UPDATE bulk_job SET state = 'running', total = (SELECT count(*) FROM bulk_item WHERE job_id = $1)
         WHERE id = $1 AND state = 'preparing'`,
        [id],
      );
    },
    pending: (jobId, take) => itemsOf({ take, where: { jobId, state: 'pending' } }),
    abandoned: (jobId, before) => itemsOf({ where: { jobId, state: 'begun', at: { lt: before } } }),
    async begin(jobId, target, at) {
      const { rowCount } = await pool.query(
        `UPDATE bulk_item SET state = 'begun', at = $3 WHERE job_id = $1 AND target = $2 AND state = 'pending'
           AND EXISTS (SELECT 1 FROM bulk_job WHERE id = $1 AND state = 'running')`,
        [jobId, target, at],
      );
      return rowCount === 1;
    },
    async settle(jobId, target, { state, outcome }) {
      await pool.query(
        `WITH settled AS (UPDATE bulk_item SET state = $3, outcome = $4
           WHERE job_id = $1 AND target = $2 AND state = 'begun' RETURNING state)
         UPDATE bulk_job SET done = done + (SELECT count(*) FROM settled WHERE state = 'done'),
           failed = failed + (SELECT count(*) FROM settled WHERE state = 'failed') WHERE id = $1`,
        [jobId, target, state, outcome],
      );
    },
    async prune(before) {
      await prisma.bulkJob.deleteMany({ where: { finishedAt: { lt: before } } });
    },
  };
}
