import { z } from 'zod';
import { actorKinds } from '../../kit/request-context.ts';
import { type BulkItemRow, type BulkJobRow, bulkStates, itemStates } from '../../reporting/bulk-store.ts';
import type { AdminCaller } from '../caller.ts';
import { reasonField } from '../dangerous-change.ts';
import { isoTime } from '../shapes.ts';
import { bulkActNames } from './acts.ts';
import { selectionBody } from './selection.ts';

export const jobAnswer = z
  .object({
    id: z.string().describe('The events of its items have it as their `request_id`'),
    act: z.string(),
    selection: selectionBody,
    reason: z.string().nullable(),
    state: z.enum(bulkStates),
    total: z.number().int(),
    done: z.number().int(),
    failed: z.number().int(),
    by: z.object({ kind: z.enum(actorKinds), id: z.string().nullable() }),
    created_at: isoTime,
    finished_at: isoTime.nullable(),
  })
  .meta({ id: 'BulkJob' });

export const itemAnswer = z
  .object({
    id: z.string().describe('The linked identity, or the user'),
    user: z.string(),
    connection: z.string().nullable().describe('Alias'),
    state: z.enum(itemStates),
    outcome: z.string().nullable().describe('failed: the code of the problem'),
    at: isoTime.nullable(),
  })
  .meta({ id: 'BulkItem' });

export const plan = z
  .object({
    items: z.number().int(),
    more: z.boolean().describe('True: there are more, which were not counted'),
    connections: z.record(z.string(), z.number().int()),
    seconds: z.number().int().describe('About how long it takes, since each connection has a rate'),
  })
  .meta({ id: 'BulkPlan' });

export const jobBody = z
  .strictObject({
    act: z.enum(bulkActNames),
    selection: selectionBody,
    dry_run: z.boolean().optional().describe('True: only counts'),
    reason: reasonField,
  })
  .meta({ id: 'NewBulkJob' });

export const created = z.object({ job: jobAnswer.nullable(), plan }).meta({ id: 'BulkJobStarted' });

/** An auditor is not shown the words of a search, which may be an e-mail address or a subject. */
export function describeJob(job: BulkJobRow, { rights }: AdminCaller): z.input<typeof jobAnswer> {
  const selection = selectionBody.parse(job.selection);
  const { filter } = selection;
  const { id, act, reason, state, total, done, failed } = job;
  return {
    id,
    act,
    selection: rights.masked && filter?.q !== undefined ? { filter: { ...filter, q: '•••' } } : selection,
    reason,
    state,
    total,
    done,
    failed,
    by: { kind: job.actorKind, id: job.actorId },
    created_at: job.createdAt.toISOString(),
    finished_at: job.finishedAt?.toISOString() ?? null,
  };
}

export function describeItem({
  target,
  userId,
  connectionId,
  state,
  outcome,
  at,
}: BulkItemRow): z.input<typeof itemAnswer> {
  return {
    id: target,
    user: userId,
    connection: connectionId,
    state,
    outcome,
    at: at?.toISOString() ?? null,
  };
}
