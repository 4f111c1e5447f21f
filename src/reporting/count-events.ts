import type { FeedEvent } from '../kit/events/event-feed-store.ts';
import type { EventType } from '../kit/events/events.ts';
import { refreshBuckets } from '../kit/metrics.ts';

/** The kinds of usage. `ended` counts grants that died. */
export const usageKinds = ['login', 'retrieval', 'refresh', 'ended'] as const;
export type UsageKind = (typeof usageKinds)[number];

/** The event types that are counted. */
export const countedTypes: readonly EventType[] = [
  'login.succeeded',
  'login.failed',
  'token.retrieved',
  'token.proxied',
  'token.refused',
  'token.refreshed',
  'token.refresh_failed',
  'token.reauthorization_required',
];

/** The events of one kind, outcome, connection and app within one hour. */
export interface Counted {
  readonly hour: Date;
  readonly kind: UsageKind;
  /** Alias; empty: none. */
  readonly connection: string;
  /** Empty: none. */
  readonly app: string;
  readonly outcome: string;
  n: number;
  /** The number of durations below each bound of the metrics and above the last; empty: none is known. */
  readonly buckets: number[];
}

/** Counts events. The order of events does not matter, so any division into batches gives the same sums. */
export function countEvents(events: readonly FeedEvent[]): readonly Counted[] {
  const totals = new Map<string, Counted>();
  for (const event of events) {
    for (const { kind, outcome } of outcomesOf(event)) {
      const hour = new Date(Math.floor(event.at.getTime() / hourLength) * hourLength);
      const [connection, app] = [event.connection ?? '', event.appId ?? ''];
      const key = [hour.getTime(), kind, connection, app, outcome].join(' ');
      const total = totals.get(key) ?? { hour, kind, connection, app, outcome, n: 0, buckets: [] };
      totals.set(key, total);
      total.n += numberIn(event, 'times') ?? 1;
      addDuration(total.buckets, kind === 'ended' ? undefined : numberIn(event, 'ms'));
    }
  }
  return [...totals.values()];
}

const hourLength = 3_600_000;

interface Outcome {
  readonly kind: UsageKind;
  readonly outcome: string;
}

function outcomesOf(event: FeedEvent): readonly Outcome[] {
  const word = (name: string) => textIn(event, name) ?? 'other';
  switch (event.type) {
    case 'login.succeeded':
      return [{ kind: 'login', outcome: 'ok' }];
    case 'login.failed':
      return [{ kind: 'login', outcome: loginFailure(event) }];
    case 'token.retrieved':
      return [{ kind: 'retrieval', outcome: 'retrieved' }];
    case 'token.proxied':
      return [{ kind: 'retrieval', outcome: 'proxied' }];
    case 'token.refused':
      return [{ kind: 'retrieval', outcome: word('why') }];
    case 'token.refreshed':
      return [{ kind: 'refresh', outcome: 'ok' }];
    case 'token.refresh_failed':
      return [{ kind: 'refresh', outcome: word('failure') }];
    case 'token.reauthorization_required':
      // With a duration, a refresh has found it out. Else a signal or the time has ended the grant.
      return [
        { kind: 'ended', outcome: word('reason') },
        ...(numberIn(event, 'ms') === undefined ? [] : [{ kind: 'refresh', outcome: 'grant-dead' } as const]),
      ];
    default:
      return [];
  }
}

/** The failures of a sign-in that are counted by name. A caller can invent any other code. */
const loginFailures: ReadonlySet<string> = new Set([
  'malformed',
  'not_open',
  'not_offered',
  'another_user',
  'other_issuer',
  'auth_time_missing',
  'auth_time_stale',
  'user_disabled',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]);

function loginFailure(event: FeedEvent): string {
  const failure = textIn(event, 'failure');
  if (failure !== undefined) return failure;
  const code = textIn(event, 'code') ?? '';
  if (loginFailures.has(code)) return code;
  return /cancel|denied/.test(code) ? 'access_denied' : 'other';
}

function addDuration(buckets: number[], milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  while (buckets.length <= refreshBuckets.length) buckets.push(0);
  const place = refreshBuckets.findIndex((bound) => milliseconds <= bound * 1_000);
  const index = place < 0 ? refreshBuckets.length : place;
  buckets[index] = (buckets[index] ?? 0) + 1;
}

/** Returns a field of an event's detail. */
export function fieldIn({ detail }: Pick<FeedEvent, 'detail'>, name: string): unknown {
  return typeof detail === 'object' && detail !== null ? Reflect.get(detail, name) : undefined;
}

export function textIn(event: Pick<FeedEvent, 'detail'>, name: string): string | undefined {
  const value = fieldIn(event, name);
  return typeof value === 'string' ? value : undefined;
}

function numberIn(event: Pick<FeedEvent, 'detail'>, name: string): number | undefined {
  const value = fieldIn(event, name);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
