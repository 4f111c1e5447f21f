import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { Problem } from '../problem.ts';
import { asNewRequest } from '../request-context.ts';
import type { AuditEventAppender, AuditEventLine } from './event-store.ts';
import { type Cause, causeOf, type Event } from './events.ts';

/** Writes frequent events in batches. */
export interface EventBatch {
  /**
   * Adds an event to the next batch, which is written within 100 ms. Waits while the writes lag, so that a killed process
   * loses at most the events of its last 100 ms. @throws Problem unavailable when it has waited for 2 s
   */
  add(event: Event): Promise<void>;
  /** Returns whether the writes keep up, so that `addNow` may be called. */
  keepsUp(): boolean;
  /** Adds an event of a request that runs outside the request context. */
  addNow(event: Event, cause: Cause): void;
  /** Writes the last batch. */
  close(): Promise<void>;
}

export interface EventBatchDeps {
  readonly append: AuditEventAppender;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Taken extends Omit<AuditEventLine, 'age'> {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Milliseconds for which events are collected before a batch is written. */
const interval = 40;
/** A batch of this size is written without waiting for the interval. */
const full = 500;
/** `add` waits for a write that takes more milliseconds: 40 ms of collecting and 60 ms of writing make 100 ms. */
const lagAfter = 60;
/** Milliseconds. If the audit write cannot complete within this time, the retrieval is refused. */
const timeout = 2_000;
/** Milliseconds between two tries to write a batch. */
const longestPause = 1_000;

export function createEventBatch({ append, clock, log }: EventBatchDeps): EventBatch {
  let pending: Taken[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  /** Set while the present write takes longer than `lagAfter`. */
  let lag: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  let closing = false;

  function schedule(): void {
    if (writing || pending.length === 0) return;
    if (pending.length >= full) write();
    else timer ??= setTimeout(write, interval);
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const taken = pending;
    pending = [];
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

  /** Writes the events singly, so that one that can never be written does not block the others. */
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

  function addNow({ type, userId, appId, connection, identityId, detail = {} }: Event, cause: Cause): void {
    const about = { userId, appId, connection, identityId, ...cause };
    const line = { id: newId('evt'), type, ...about, detail };
    if (log.isLevelEnabled('debug')) log.debug({ event: type, ...about, ...detail }, type);
    pending.push({ ...line, at: clock.now().getTime() });
    schedule();
  }

  return {
    async add(event) {
      if (lag) await orRefuse(lag.over);
      addNow(event, causeOf(event));
    },
    keepsUp: () => lag === undefined,
    addNow,
    async close() {
      closing = true;
      await writing;
      if (pending.length > 0) write();
      await writing;
    },
  };
}

/** PostgreSQL's error classes 22 and 23: the data is at fault, so a retry would fail too. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

async function orRefuse(over: Promise<void>): Promise<void> {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Problem('unavailable', { headers: { 'Retry-After': '2' } })),
    timeout,
  );
  try {
    await Promise.race([over, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
