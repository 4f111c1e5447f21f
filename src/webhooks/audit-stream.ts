import { seconds } from '../kit/clock.ts';
import { eventFields } from '../kit/events/event-fields.ts';
import { newHandle } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { repeat } from '../kit/repeat.ts';
import type { AuditStreamStore, StreamCursor } from './audit-stream-store.ts';
import type { StreamDelivery, StreamTarget } from './stream-target.ts';

/**
 * The stream of the audit to a file or a syslog receiver, such as a SIEM: each event, in the order of the feed, at least once. One process
 * of all sends. The position moves only after the receiver has the events, so that a crash repeats some and loses none.
 */
export interface AuditStream {
  /** Sends the events since the last run. Returns their number; 0 while another process sends. @throws when the target fails */
  run(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

export interface AuditStreamDeps {
  readonly store: AuditStreamStore;
  readonly target: StreamTarget;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'watch'>;
  /** The events that one statement reads. */
  readonly batch?: number;
}

/** The events of one run, after which the position moves. */
const mostInRun = 10_000;
const shortestPause = seconds(1);
const longestPause = seconds(60);
/** A run under way may end by itself for this time when the process stops. */
const patience = seconds(2);

export function createAuditStream(deps: AuditStreamDeps): AuditStream {
  const { store, target, log, metrics, batch = 500 } = deps;
  const owner = newHandle();
  const stopping = new AbortController();
  let failures = 0;
  let stopLoop: (() => Promise<void>) | undefined;
  let ending = false;
  let hadLease = false;

  watch(metrics, { lag: store.lag, failures: () => failures });

  async function send(from: StreamCursor): Promise<number> {
    let delivery: StreamDelivery | undefined;
    let cursor = from;
    let sent = 0;
    try {
      for (let more = true; more; ) {
        const { events, next } = await store.read(cursor, batch);
        if (events.length > 0) {
          delivery ??= await target.open(stopping.signal);
          await delivery.write(events.map(eventFields));
        }
        cursor = next;
        sent += events.length;
        more = next.byTime !== undefined || (events.length === batch && sent < mostInRun && !ending);
        if (more && !(await store.renew(owner))) throw new Error('another process has taken over the stream');
      }
      await delivery?.finish();
    } finally {
      delivery?.abort();
    }
    if (cursor.tx !== from.tx || cursor.eventId !== from.eventId) await store.move(owner, cursor);
    return sent;
  }

  async function run(): Promise<number> {
    const from = await store.take(owner);
    if (!from) return 0;
    hadLease = true;
    const sent = await send(from).catch(async (error: unknown) => {
      // Another process may reach the receiver.
      await store.release(owner).catch(() => undefined);
      throw error;
    });
    if (failures > 0) log.info({ target: target.name, failures }, 'the stream of the audit goes on');
    failures = 0;
    return sent;
  }

  return {
    run,
    start() {
      const pause = () => Math.min(longestPause, shortestPause * 2 ** Math.min(failures, 6));
      const onError = (error: unknown) => {
        if (stopping.signal.aborted) return;
        failures += 1;
        log.warn(
          { err: error, target: target.name, failures },
          'the stream of the audit fails; it is retried',
        );
      };
      stopLoop ??= repeat(run, pause, onError);
    },
    async stop() {
      ending = true;
      const impatient = setTimeout(() => stopping.abort(), patience);
      await stopLoop?.();
      clearTimeout(impatient);
      // Another process may go on at once.
      if (hadLease) await store.release(owner).catch(() => undefined);
    },
  };
}

function watch(
  metrics: Pick<Metrics, 'watch'>,
  { lag, failures }: { lag: AuditStreamStore['lag']; failures: () => number },
): void {
  metrics.watch({
    name: 'symbolon_audit_stream_lag_seconds',
    help: 'Age of the oldest event that the stream of the audit has not sent; absent: no stream',
    async read() {
      const value = await lag();
      return value === undefined ? [] : [{ value }];
    },
  });
  metrics.watch({
    name: 'symbolon_audit_stream_failures',
    help: 'Attempts of this process in a row to send the audit that failed',
    read: () => [{ value: failures() }],
  });
}
