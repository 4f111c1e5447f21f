import { after, type Clock, days } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { EventMark } from '../kit/events/event-mark.ts';
import { findCursor, type UsageCursor } from './cursor-store.ts';
import { createRollUp, type RolledUp } from './roll-up.ts';
import { readUsage, type UsageQuery, type UsageSeries } from './usage.ts';
import { dropCountsBefore } from './usage-store.ts';
import { createUses, type Uses } from './uses.ts';

/**
 * Counts of what happened, and lists across people. This room owns the roll-ups of events and the uses of accounts by
 * apps. It reads the tables of other rooms and writes none of them.
 */
export interface Reporting {
  readonly uses: Uses;
  /** Returns counts over time. */
  usage(query: UsageQuery): Promise<UsageSeries>;
  /** Counts the events since the last call; one process at a time. */
  rollUp(): Promise<RolledUp>;
  /** Returns the position up to which events are counted. Events after it must stay. */
  position(): Promise<UsageCursor | undefined>;
  prune(now: Date): Promise<void>;
}

export interface ReportingDeps {
  readonly database: Pick<Database, 'pool'>;
  readonly mark?: Pick<EventMark, 'of'> | undefined;
  readonly clock: Clock;
}

const keptHours = days(14);
const keptDays = days(400);

export function createReporting({ database: { pool }, mark, clock }: ReportingDeps): Reporting {
  return {
    uses: createUses(pool, clock),
    usage: (query) => readUsage(pool, query),
    rollUp: createRollUp({ pool, mark }),
    position: () => findCursor(pool),
    prune: (now) => dropCountsBefore(pool, { hours: after(now, -keptHours), days: after(now, -keptDays) }),
  };
}
