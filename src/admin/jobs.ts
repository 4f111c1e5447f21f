import { z } from 'zod';
import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { type BulkItemRow, type BulkJobRow, type BulkState, itemStates } from '../reporting/bulk-store.ts';
import { bulkActs } from './bulk/acts.ts';
import { type BulkParts, many, mostOfOperators, ratePerSecond } from './bulk/runner.ts';
import { type BulkSelection, type Reader, selectItems } from './bulk/selection.ts';
import {
  created,
  describeItem,
  describeJob,
  itemAnswer,
  jobAnswer,
  jobBody,
  type plan,
} from './bulk/shapes.ts';
import type { AdminCaller } from './caller.ts';
import { requireDangerous } from './dangerous-change.ts';
import { type Operation, operation } from './operation.ts';
import { listAnswer, pageQuery, readPage } from './paging.ts';
import type { AdminDeps } from './ports.ts';
import { idPosition, idText, several, timePosition } from './shapes.ts';

const tag = 'Jobs';
const itemPath = '/jobs/{job}';
const mostCounted = 10_000;

/** Bulk jobs: one act on many linked identities or users, in the background. */
export function jobOperations(deps: AdminDeps, parts: BulkParts): readonly Operation[] {
  const { bulk, clock, events } = deps;

  async function find(id: string): Promise<BulkJobRow> {
    const job = idText.safeParse(id).success ? await bulk.store.find(id) : undefined;
    if (!job) throw new Problem('not_found');
    return job;
  }

  const turn = (act: 'pause' | 'resume' | 'cancel', turned: Turn) =>
    operation({
      method: 'post',
      path: `${itemPath}/${act}`,
      needs: 'people:bulk',
      tag,
      summary: turned.summary,
      answer: jobAnswer,
      status: 200,
      problems: ['not_found', 'conflict'],
      async handle({ param, reason, caller }) {
        const job = await find(param('job'));
        if (!(await bulk.store.setState(job.id, clock.now(), turned.to, turned.from)))
          throw new Problem('conflict', { detail: `This job is ${job.state}.` });
        await events.record({
          type: turned.event,
          detail: { job: job.id, act: job.act, ...(reason !== undefined && { reason }) },
        });
        if (act === 'resume') bulk.runner.start(job.id, parts);
        return describeJob(await find(job.id), caller);
      },
    });

  return [
    operation({
      method: 'get',
      path: '/jobs',
      needs: 'people:read',
      tag,
      summary: 'List bulk jobs, the newest first',
      query: pageQuery,
      answer: listAnswer('BulkJobList', jobAnswer),
      status: 200,
      problems: [],
      handle: ({ query, caller }) =>
        readPage({
          query,
          position: timePosition('job'),
          positionOf: ({ createdAt: at, id }: BulkJobRow) => ({ at, id }),
          read: (limit, after) => bulk.store.list(limit, after),
          describe: (job) => describeJob(job, caller),
        }),
    }),
    operation({
      method: 'post',
      path: '/jobs',
      needs: 'people:bulk',
      dangerous: true,
      tag,
      summary: 'Do one act for many',
      description:
        `The list is read as the caller, and each item is done as the caller, ${ratePerSecond} a second for each connection where a provider is asked. ` +
        `More than ${many} items need a fresh sign-in and a reason, unless the act takes nothing away. Only an owner may choose more than ${mostOfOperators}.`,
      body: jobBody,
      answer: created,
      status: 201,
      problems: ['forbidden', 'insufficient_user_authentication'],
      async handle({ body, ...call }) {
        const { act, selection, dry_run } = body;
        const { caller } = call;
        const list = parts.operationOf(bulkActs[act].list);
        if (!list) throw new Problem('not_found');
        const most = dry_run ? mostCounted : caller.role === 'owner' ? many : mostOfOperators;
        const counted = await countItems({ act: bulkActs[act], list, caller }, selection, most);
        if (dry_run) return { job: null, plan: counted };
        requireFew(caller, counted);
        const isMany = counted.items > many || counted.more;
        const reason = bulkActs[act].dangerous && isMany ? requireDangerous(call) : call.reason;
        const job = await bulk.store.insert({
          id: newId('job'),
          act,
          selection: JSON.parse(JSON.stringify(selection)),
          reason: reason ?? null,
          actorKind: caller.actor.kind,
          actorId: caller.actor.id,
          principal: caller.principal,
          createdAt: clock.now(),
        });
        await events.record({
          type: 'job.created',
          detail: { job: job.id, act, ...(reason !== undefined && { reason }) },
        });
        bulk.runner.start(job.id, parts);
        return { job: describeJob(job, caller), plan: counted };
      },
    }),
    operation({
      method: 'get',
      path: itemPath,
      needs: 'people:read',
      tag,
      summary: 'Read a bulk job',
      answer: jobAnswer,
      status: 200,
      problems: ['not_found'],
      handle: async ({ param, caller }) => describeJob(await find(param('job')), caller),
    }),
    operation({
      method: 'get',
      path: `${itemPath}/items`,
      needs: 'people:read',
      tag,
      summary: 'List the items of a bulk job',
      query: pageQuery.extend({ state: several(z.enum(itemStates), 'States') }),
      answer: listAnswer('BulkItemList', itemAnswer),
      status: 200,
      problems: ['not_found'],
      async handle({ param, query }) {
        const { id } = await find(param('job'));
        return await readPage({
          query,
          position: idPosition,
          positionOf: ({ target }: BulkItemRow) => ({ id: target }),
          read: (limit, after) => bulk.store.items(id, { limit, after: after?.id, states: query.state }),
          describe: describeItem,
        });
      },
    }),
    turn('pause', { summary: 'Pause a bulk job', to: 'paused', from: ['running'], event: 'job.paused' }),
    turn('resume', {
      summary: 'Go on with a bulk job',
      to: 'running',
      from: ['paused'],
      event: 'job.resumed',
    }),
    turn('cancel', {
      summary: 'Cancel a bulk job',
      to: 'cancelled',
      from: ['preparing', 'running', 'paused'],
      event: 'job.cancelled',
    }),
  ];
}

interface Turn {
  readonly summary: string;
  readonly to: BulkState;
  readonly from: readonly BulkState[];
  readonly event: 'job.paused' | 'job.resumed' | 'job.cancelled';
}

/** @throws Problem forbidden for more items than the caller's role may choose */
function requireFew({ role }: AdminCaller, { items, more }: z.input<typeof plan>): void {
  if (role !== 'owner' && (more || items > mostOfOperators))
    throw new Problem('forbidden', {
      detail: `Only an owner may choose more than ${mostOfOperators} items.`,
    });
}

async function countItems(
  reader: Reader,
  selection: BulkSelection,
  most: number,
): Promise<z.input<typeof plan>> {
  const connections: Record<string, number> = {};
  let items = 0;
  for await (const page of selectItems(reader, selection)) {
    for (const { connectionId } of page.slice(0, most - items)) {
      if (connectionId !== null) connections[connectionId] = (connections[connectionId] ?? 0) + 1;
    }
    const more = items + page.length > most;
    items = Math.min(most, items + page.length);
    if (more) return { items, more, connections, seconds: secondsFor(reader, connections) };
  }
  return { items, more: false, connections, seconds: secondsFor(reader, connections) };
}

function secondsFor({ act }: Reader, connections: Readonly<Record<string, number>>): number {
  return act.asksProvider ? Math.ceil(Math.max(0, ...Object.values(connections)) / ratePerSecond) : 0;
}
