import { before, type Clock, days, hours, minutes, monotonic, seconds } from '../clock.ts';
import { isRangeEnd } from '../database/timestamp-range.ts';
import { type EventFilter, type EventPage, soleField } from './event-filter-store.ts';
import type { AuditEventRow, EventStore } from './event-store.ts';

export interface FoundEvents {
  readonly rows: readonly AuditEventRow[];
  /** The search has ended here, before the page was full, and may go on. Undefined: there is no more, or the page is full. */
  readonly lookedBackTo: Date | undefined;
}

/** Reads a page of events by any filter in bounded time. */
export type EventSearch = (page: EventPage) => Promise<FoundEvents>;

/** Each step back in time is about three times as long, as long as the one before was quick: so none takes long. */
const steps = [
  ...[minutes(1), minutes(4), minutes(15), hours(1), hours(3), hours(8)],
  ...[days(1), days(3), days(7)],
] as const;
const quick = 33;
const slow = 100;
/** No step begins later. A step may last a second, and a request's statement two. */
const longest = seconds(1);
/** Earlier events are by another hand, and are read in one step. */
const begin = new Date('2000-01-01T00:00:00Z');

/**
 * No index leads to the last events of a connection, or with a text in their detail. A page of such a filter would read the
 * whole audit, so that it is searched in steps from the newest event on.
 */
export function createEventSearch(
  store: Pick<EventStore, 'list' | 'newestBefore'>,
  clock: Clock,
  budget = longest,
): EventSearch {
  return async (page) => {
    const { limit, after, filter } = page;
    if (isSelective(filter) || (after && isRangeEnd(after.at)))
      return { rows: await store.list(page), lookedBackTo: undefined };
    const began = monotonic();
    const rows: AuditEventRow[] = [];
    let step = 0;
    let top = after?.at ?? filter.until ?? clock.now();
    // Nothing bounds the first step above: an event may have a later time than this process.
    let { until } = filter;
    for (;;) {
      const from = before(top, steps[step] ?? days(7));
      const isLast = from < begin || (filter.since !== undefined && from <= filter.since);
      const asked = monotonic();
      const since = isLast ? filter.since : from;
      rows.push(
        ...(await store.list({ limit: limit - rows.length, after, filter: { ...filter, since, until } })),
      );
      if (isLast || rows.length >= limit) return { rows, lookedBackTo: undefined };
      const next = await store.newestBefore(from);
      if (!next || (filter.since && next < filter.since)) return { rows, lookedBackTo: undefined };
      // Over a time without events in one step.
      [top, until] = [next, new Date(Math.min(next.getTime() + 1, from.getTime()))];
      if (monotonic() - began > budget) return { rows, lookedBackTo: until };
      step = nextStep(step, monotonic() - asked);
    }
  };
}

function nextStep(step: number, took: number): number {
  if (took < quick) return Math.min(step + 1, steps.length - 1);
  return took < slow ? step : Math.max(step - 1, 0);
}

/** Returns whether an index leads to the newest of exactly these events. */
function isSelective(filter: EventFilter): boolean {
  const { since: _since, until: _until, ...fields } = filter;
  if (fields.userId ?? fields.identityId ?? fields.requestId) return true;
  return Object.values(fields).every((values) => values === undefined) || soleField(filter) !== undefined;
}
