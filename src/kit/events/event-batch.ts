import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { Problem } from '../problem.ts';
import { asNewRequest, currentRequestId } from '../request-context.ts';
import type { AuditEventAppender, AuditEventLine } from './event-store.ts';
import type { Event } from './events.ts';

/** Events too many to be written one by one: together, and soon. */
export interface EventBatch {
  /**
   * Takes an event that will be written within 100 ms; waits while writing lags behind that, so that whoever goes on
   * after this has lost no more than the last 100 ms if the process is killed. @throws Problem unavailable
   */
  add(event: Event): Promise<void>;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface EventBatchDeps {
  readonly append: AuditEventAppender;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Taken extends Omit<AuditEventLine, 'age'> {
  readonly at: number;
}

const interval = 40;
/** More than this many do not wait for the interval. */
const full = 500;
/** A write that takes longer holds up whoever would add to it: 40 ms of gathering and 60 ms are the 100 promised. */
const lagAfter = 60;
/** What is not recorded has not happened: then it is refused. */
const patience = 2_000;
const longestPause = 1_000;

export function createEventBatch({ append, clock, log }: EventBatchDeps): EventBatch {
  let gathered: Taken[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let lag: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  let closing = false;

  function schedule(): void {
    if (writing || gathered.length === 0) return;
    if (gathered.length >= full) write();
    else timer ??= setTimeout(write, interval);
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const taken = gathered;
    gathered = [];
    const watch = setTimeout(() => {
      const { promise, resolve } = Promise.withResolvers<void>();
      lag = { over: promise, end: resolve };
    }, lagAfter);
    writing = untilWritten(taken).finally(() => {
      clearTimeout(watch);
      lag?.end();
      lag = undefined;
      writing = undefined;
      schedule();
    });
  }

  /** One that can never be written must not stand in the way of the others. */
  async function oneByOne(taken: readonly Taken[]): Promise<void> {
    const [only, ...others] = taken;
    if (only && others.length === 0) log.error({ ...only }, 'an audit event cannot be written');
    else for (const one of taken) await untilWritten([one]);
  }

  async function untilWritten(taken: readonly Taken[]): Promise<void> {
    for (let wait = 50; ; wait = Math.min(wait * 2, longestPause)) {
      const now = clock.now().getTime();
      try {
        const lines = taken.map(({ at, ...line }) => ({ ...line, age: Math.max(0, now - at) }));
        return await asNewRequest(() => append(lines));
      } catch (error) {
        if (isRefused(error)) return await oneByOne(taken);
        log.error({ err: error, events: taken.length }, 'audit events cannot be written yet');
        if (closing) return;
        await pause(wait);
      }
    }
  }

  return {
    async add({ type, userId, appId, connection, identityId, detail = {} }) {
      if (lag) await orRefuse(lag.over);
      const requestId = currentRequestId();
      const line = { id: newId('evt'), type, userId, appId, connection, identityId, requestId, detail };
      log.debug({ event: type, userId, appId, connection, identityId, requestId, ...detail }, type);
      gathered.push({ ...line, at: clock.now().getTime() });
      schedule();
    },
    async close() {
      closing = true;
      await writing;
      if (gathered.length > 0) write();
      await writing;
    },
  };
}

/** PostgreSQL's classes 22 and 23: it is the data, and no other try will end otherwise. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

async function orRefuse(over: Promise<void>): Promise<void> {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Problem('unavailable', { headers: { 'Retry-After': '2' } })),
    patience,
  );
  try {
    await Promise.race([over, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
