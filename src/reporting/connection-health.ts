import type pg from 'pg';
import { type Clock, days, hours } from '../kit/clock.ts';
import {
  type CountedState,
  countAccounts,
  countRefreshes,
  type RefreshCount,
  readNewestCensus,
} from './connection-health-list-store.ts';

/** The state of what is linked with one connection. All counts are of the last minutes or the last hour. */
export interface ConnectionHealth {
  /** Linked accounts: counted up to a bound, and those with a grant of the last full census above it. */
  readonly accounts: number;
  /** True if `accounts` is a count of this moment. */
  readonly exact: boolean;
  /** The grants by state; empty if the connection has none. */
  readonly states: readonly { readonly state: string; readonly n: number }[];
  /** The time of the census from which the states are; null: none was taken yet. */
  readonly countedAt: Date | null;
  readonly refreshes: RefreshCount;
}

export interface HealthAsked {
  readonly id: string;
  readonly alias: string;
  /** False for a provider that gives no tokens. */
  readonly hasGrants: boolean;
}

/** No connection has more accounts counted, so that the work is bounded. */
const mostAccounts = 10_001;
const oldestCensus = days(2);

/** Returns the health of connections by their ids. It reads roll-ups and a bounded part of an index. */
export async function readConnectionHealth(
  session: Pick<pg.ClientBase, 'query'>,
  clock: Clock,
  connections: readonly HealthAsked[],
): Promise<ReadonlyMap<string, ConnectionHealth>> {
  const now = clock.now().getTime();
  const hour = Math.floor((now - days(1)) / hours(1)) * hours(1);
  const census = await readNewestCensus(session, new Date(now - oldestCensus));
  const byConnection = Map.groupBy(census, ({ connectionId }) => connectionId);
  const grantsOf = (id: string) => sumOf((byConnection.get(id) ?? []).filter(({ isFull }) => isFull));
  const small = connections.filter(({ id }) => grantsOf(id) < mostAccounts).map(({ id }) => id);
  const [counted, refreshes] = await Promise.all([
    countAccounts(session, small, mostAccounts),
    countRefreshes(session, new Date(hour)),
  ]);
  // The rows without a connection say that a census was taken.
  const taken = byConnection.get('') ?? [];
  const countedAt = taken.find(({ isNewest }) => isNewest)?.at ?? null;
  const isWhole = taken.some(({ isFull }) => isFull);
  return new Map(
    connections.map(({ id, alias, hasGrants }) => {
      const here = counted.get(id);
      const accounts = here === undefined || here === mostAccounts ? Math.max(grantsOf(id), here ?? 0) : here;
      const rows = byConnection.get(id) ?? [];
      const grants = isWhole ? grantsOf(id) : accounts;
      return [
        id,
        {
          accounts,
          exact: here !== undefined && here < mostAccounts,
          states: hasGrants ? statesOf(rows, grants) : [],
          countedAt,
          refreshes: refreshes.get(alias) ?? { tries: 0, failures: 0 },
        },
      ];
    }),
  );
}

const working = ['active', 'refreshing'];

/** A census between the full hours has those in trouble alone, so that all others work. */
function statesOf(rows: readonly CountedState[], grants: number): ConnectionHealth['states'] {
  const trouble = rows.filter(({ state, isNewest }) => isNewest && !working.includes(state));
  const states = trouble.map(({ state, n }) => ({ state, n }));
  const rest = grants - sumOf(trouble);
  return rest > 0 ? [{ state: 'active', n: rest }, ...states] : states;
}

function sumOf(rows: readonly { readonly n: number }[]): number {
  return rows.reduce((sum, { n }) => sum + n, 0);
}
