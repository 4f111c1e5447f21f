import { setTimeout as pause } from 'node:timers/promises';
import { after, type Clock, minutes, seconds } from '../../kit/clock.ts';
import type { EventStore } from '../../kit/events/event-store.ts';
import type { Events } from '../../kit/events/events.ts';
import { createInFlight } from '../../kit/in-flight.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem } from '../../kit/problem.ts';
import { runInRequest } from '../../kit/request-context.ts';
import type { BulkItemRow, BulkJobRow, BulkStore } from '../../reporting/bulk-store.ts';
import type { AdminCaller, CallerOf } from '../caller.ts';
import type { Operation } from '../operation.ts';
import { actOf, type BulkAct } from './acts.ts';
import { selectItems, selectionBody } from './selection.ts';

export interface BulkRunnerDeps {
  readonly store: BulkStore;
  readonly events: Events;
  readonly eventStore: Pick<EventStore, 'list'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Items of one connection per second, for acts that ask providers. */
  readonly perSecond?: number;
}

export interface BulkParts {
  readonly operationOf: (name: string) => Operation | undefined;
  /** Returns the author as a caller with the rights of now. */
  readonly callerOf: CallerOf;
}

/**
 * Works on bulk jobs, each in one process at a time. A process that ends leaves its lease to run out; the next one goes on.
 * An item is done once: it is begun by one statement, and after a crash its event tells whether it was done.
 */
export interface BulkRunner {
  /** Works on a job in the background, if no process does. */
  start(jobId: string, parts: BulkParts): void;
  /** Works on all jobs that no process works on, until they are done. */
  runDue(parts: BulkParts): Promise<void>;
  /** Begins no further item, and waits for those under way. */
  stop(): Promise<void>;
}

const leaseFor = minutes(1);
const batch = 30;
/** The most items of one job, which only an owner may choose. */
const mostItems = 100_000;
/** The most items that an operator may choose. */
export const mostOfOperators = 1_000;
/** The number of items above which an act that takes away needs a fresh sign-in and a reason. */
export const many = 100;
export const ratePerSecond = 3;

export function createBulkRunner(deps: BulkRunnerDeps): BulkRunner {
  const { store, events, eventStore, clock, log, perSecond = ratePerSecond } = deps;
  const inFlight = createInFlight();
  const ending = new AbortController();
  const leaseEnd = () => after(clock.now(), leaseFor);

  async function run(jobId: string, parts: BulkParts): Promise<void> {
    if (ending.signal.aborted || !(await store.lease(jobId, clock.now(), leaseEnd()))) return;
    try {
      const job = await store.find(jobId);
      if (job) await work(job, parts);
    } finally {
      await store.release(jobId);
    }
  }

  async function work(job: BulkJobRow, { operationOf, callerOf }: BulkParts): Promise<void> {
    const act = actOf(job.act);
    const list = act && operationOf(act.list);
    const operation = act && operationOf(act.operation);
    const author = () => allowedCaller(job, callerOf);
    if (!act || !list || !operation) return await fail(job, 'act_unknown');

    if (job.state === 'preparing') {
      const caller = await author();
      if (!caller) return await fail(job, 'forbidden');
      let chosen = 0;
      for await (const items of selectItems({ act, list, caller }, selectionBody.parse(job.selection))) {
        chosen += items.length;
        if (chosen > mostFor(caller, job, act)) return await fail(job, 'too_many');
        await store.addItems(job.id, items);
        await store.extend(job.id, leaseEnd());
        if (ending.signal.aborted) return;
      }
      await store.start(job.id);
    }
    while (!ending.signal.aborted) {
      await store.extend(job.id, leaseEnd());
      await recover(job, act);
      const items = await store.pending(job.id, batch);
      if (items.length === 0) return await finish(job);
      const caller = await author();
      if (!caller) return await fail(job, 'forbidden');
      const byConnection = Map.groupBy(items, ({ connectionId }) => (act.asksProvider ? connectionId : null));
      const each = [...byConnection.values()].map((queue) => inTurn(queue, { job, act, operation, caller }));
      if ((await Promise.all(each)).includes('stopped')) return;
    }
  }

  /** Works on the items of one connection, one after the other. */
  async function inTurn(queue: readonly BulkItemRow[], task: Task): Promise<'done' | 'stopped'> {
    for (const item of queue) {
      const slot =
        task.act.asksProvider && Number.isFinite(perSecond) ? pace(perSecond, ending.signal) : undefined;
      if (ending.signal.aborted || !(await doItem(item, task))) return 'stopped';
      await slot;
    }
    return 'done';
  }

  /** Returns false if the job does not run any more. */
  async function doItem(item: BulkItemRow, { job, act, operation, caller }: Task): Promise<boolean> {
    if (!(await store.begin(job.id, item.target, clock.now())))
      return (await store.find(job.id))?.state === 'running';
    const { params, body } = act.input(item);
    const call = {
      params,
      query: {},
      body,
      caller,
      reason: job.reason ?? undefined,
      approval: 'not needed' as const,
    };
    try {
      const context = { requestId: job.id, actor: caller.actor, withoutRequestTimeout: true as const };
      const answer = await runInRequest(context, () => operation.run(call));
      await store.settle(job.id, item.target, { state: 'done', outcome: outcomeOf(answer) });
    } catch (error) {
      if (!(error instanceof Problem)) log.error({ err: error, job: job.id }, 'an item of a bulk job failed');
      const outcome = error instanceof Problem ? error.code : 'server_error';
      await store.settle(job.id, item.target, { state: 'failed', outcome });
    }
    return true;
  }

  /** Settles or repeats the items that a process has begun and left behind. */
  async function recover(job: BulkJobRow, act: BulkAct): Promise<void> {
    for (const item of await store.abandoned(job.id, after(clock.now(), -leaseFor))) {
      const { target } = item;
      const done = await wasDone(item, act);
      await store.settle(
        job.id,
        target,
        done ? { state: 'done', outcome: null } : { state: 'pending', outcome: null },
      );
    }
  }

  async function wasDone({ jobId, target, userId }: BulkItemRow, { event, list }: BulkAct): Promise<boolean> {
    if (event === undefined) return false;
    const about = list === 'GET /users' ? { userId: [userId] } : { identityId: [target] };
    const filter = { requestId: [jobId], type: [event], ...about };
    return (await eventStore.list({ limit: 1, after: undefined, filter })).length > 0;
  }

  async function finish({ id, act, actorKind, actorId }: BulkJobRow): Promise<void> {
    if (!(await store.setState(id, clock.now(), 'done', ['running']))) return;
    const { done = 0, failed = 0 } = (await store.find(id)) ?? {};
    await events.record({
      type: 'job.finished',
      actor: { kind: actorKind, id: actorId },
      detail: { job: id, act, done, failed },
    });
  }

  async function fail({ id, act }: BulkJobRow, why: string): Promise<void> {
    if (await store.setState(id, clock.now(), 'failed', ['preparing', 'running']))
      await events.record({ type: 'job.finished', detail: { job: id, act, why } });
  }

  return {
    start(jobId, parts) {
      inFlight
        .add(run(jobId, parts))
        .catch((error: unknown) =>
          log.error({ err: error, job: jobId }, 'a bulk job stopped; it goes on in a minute'),
        );
    },
    async runDue(parts) {
      for (const id of await store.waiting(clock.now())) await inFlight.add(run(id, parts));
    },
    async stop() {
      ending.abort();
      await inFlight.settled();
    },
  };
}

interface Task {
  readonly job: BulkJobRow;
  readonly act: BulkAct;
  readonly operation: Operation;
  readonly caller: AdminCaller;
}

/** Returns the author, if they may still do this. */
async function allowedCaller(job: BulkJobRow, callerOf: CallerOf): Promise<AdminCaller | undefined> {
  const caller = await callerOf(job);
  return caller?.rights.may('people:bulk') ? caller : undefined;
}

/** More may match the filter now than when the job was asked for. */
function mostFor({ role, actor }: AdminCaller, { reason }: BulkJobRow, { dangerous }: BulkAct): number {
  if (dangerous && reason === null && actor.kind !== 'bootstrap') return many;
  return role === 'owner' ? mostItems : mostOfOperators;
}

function outcomeOf(answer: unknown): string | null {
  const outcome =
    typeof answer === 'object' && answer !== null && 'outcome' in answer ? answer.outcome : null;
  return typeof outcome === 'string' ? outcome : null;
}

/** Resolves when the next item may begin, or the process ends. */
async function pace(perSecond: number, signal: AbortSignal): Promise<void> {
  await pause(seconds(1) / perSecond, undefined, { signal, ref: false }).catch(() => undefined);
}
