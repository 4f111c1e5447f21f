import { after, type Clock, days } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { EventMark } from '../kit/events/event-mark.ts';
import type { Connections } from '../login/connections.ts';
import type { Vault } from '../vault/vault.ts';
import { type Attention, readAttention } from './attention.ts';
import { type Census, createCensus } from './census.ts';
import { type ConnectionHealth, type HealthAsked, readConnectionHealth } from './connection-health.ts';
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
  readonly census: Census;
  /** Returns the health of connections by their ids. */
  connectionHealth(asked: readonly HealthAsked[]): Promise<ReadonlyMap<string, ConnectionHealth>>;
  /** Returns all that needs an admin now. */
  attention(): Promise<readonly Attention[]>;
  /** Counts the events since the last call; one process at a time. */
  rollUp(): Promise<RolledUp>;
  /** Returns the position up to which events are counted. Events after it must stay. */
  position(): Promise<UsageCursor | undefined>;
  prune(now: Date): Promise<void>;
}

export interface ReportingDeps {
  readonly database: Pick<Database, 'pool'>;
  readonly mark?: Pick<EventMark, 'of'> | undefined;
  readonly connections: Pick<Connections, 'all'>;
  readonly vault: Pick<Vault, 'standingFacts'>;
  readonly clock: Clock;
}

const keptHours = days(14);
const keptDays = days(400);

export function createReporting({
  database: { pool },
  mark,
  connections,
  vault,
  clock,
}: ReportingDeps): Reporting {
  const census = createCensus({ pool, connections, vault, clock });
  return {
    census,
    connectionHealth: (asked) => readConnectionHealth(pool, clock, asked),
    attention: () => readAttention(pool, clock),
    uses: createUses(pool, clock),
    usage: (query) => readUsage(pool, query),
    rollUp: createRollUp({ pool, mark }),
    position: () => findCursor(pool),
    async prune(now) {
      await dropCountsBefore(pool, { hours: after(now, -keptHours), days: after(now, -keptDays) });
      await census.prune(now);
    },
  };
}
