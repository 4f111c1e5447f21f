import { before, type Clock, days, minutes, monotonic, seconds } from '../clock.ts';
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

/** Milliseconds that a step back in time should take. The next one is longer or shorter by what this one took. */
const aim = 40;
/** A step is three times as long as the one before, or a third, at most. */
const mostChange = 3;
const shortest = minutes(1);
/** The events of a week are in one partition or two. */
const longestStep = days(7);
/** No step begins later. A step may last a second, and a request's statement two. */
const longest = seconds(1);
/** Earlier events are by another hand, and are read in one step. */
const begin = new Date('2000-01-01T00:00:00Z');

/**
 * No index leads to the last events of a connection, or with a text in their detail. A page of such a filter would read the
 * whole audit, or all events of a person, so that it is searched in steps from the newest event on.
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
    const isOfOne = isNarrow(filter);
    let step = isOfOne ? days(1) : shortest;
    let top = after?.at ?? filter.until ?? clock.now();
    // Nothing bounds the first step above: an event may have a later time than this process.
    let { until } = filter;
    for (;;) {
      const from = before(top, step);
      const isLast = from < begin || (filter.since !== undefined && from <= filter.since);
      const asked = monotonic();
      const since = isLast ? filter.since : from;
      rows.push(
        ...(await store.list({ limit: limit - rows.length, after, filter: { ...filter, since, until } })),
      );
      const took = monotonic() - asked;
      if (isLast || rows.length >= limit) return { rows, lookedBackTo: undefined };
      const next = await store.newestBefore(from);
      if (!next || (filter.since && next < filter.since)) return { rows, lookedBackTo: undefined };
      // Over a time without events in one step.
      [top, until] = [next, new Date(Math.min(next.getTime() + 1, from.getTime()))];
      if (monotonic() - began > budget) return { rows, lookedBackTo: until };
      step = Math.max(shortest, step * Math.max(1 / mostChange, Math.min(aim / took, mostChange)));
      if (!isOfOne) step = Math.min(step, longestStep);
    }
  };
}

/** Returns whether an index leads to the events of one person or account, among which others of the filter are. */
function isNarrow({ userId, identityId }: EventFilter): boolean {
  return (userId ?? identityId) !== undefined;
}

/** Returns whether an index leads to the newest of these events, and a page needs no search. */
function isSelective(filter: EventFilter): boolean {
  const { since: _since, until: _until, ...fields } = filter;
  if (fields.requestId || (isNarrow(filter) && filter.text === undefined)) return true;
  return Object.values(fields).every((values) => values === undefined) || soleField(filter) !== undefined;
}
