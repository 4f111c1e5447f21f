import type { Circuit } from '../connectors/engine/circuit.ts';
import { type Clock, seconds } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { Metrics, Reading } from '../kit/metrics.ts';
import type { Connections } from '../login/connections.ts';
import { createEntryCounts } from '../vault/entry-counts.ts';
import { createGaugeStore } from '../vault/gauge-store.ts';
import type { Spill } from '../vault/refresh/spill.ts';
import type { Sweep } from '../vault/refresh/sweep.ts';
import { createWebhookBacklog } from '../webhooks/backlog-store.ts';

export interface GaugesDeps {
  readonly metrics: Metrics;
  readonly database: Database;
  readonly clock: Clock;
  readonly connections: Pick<Connections, 'all'>;
  readonly circuitOf: (connectionId: string) => Circuit;
  readonly spill: Pick<Spill, 'count'>;
  readonly sweep: Pick<Sweep, 'paceOf'>;
}

/** Counts events as they are recorded, beside the counters that rooms keep themselves. */
export function createCountedEvents(events: Events, metrics: Metrics): Events {
  return {
    async record(event) {
      await events.record(event);
      metrics.event(event.type);
      const reason = event.detail?.reason;
      if (event.type === 'token.reauthorization_required' && typeof reason === 'string')
        metrics.grantLost({ connection: event.connection ?? 'none', reason });
    },
  };
}

/**
 * Registers the gauges, which are read at each scrape. This file knows which room measures what; rooms know
 * no gauge.
 */
export function createGauges(deps: GaugesDeps): void {
  const { metrics, database, clock, connections, circuitOf } = deps;
  // The pool is read before the other gauges query the database, so that a scrape does not count itself.
  watchPool(metrics, database);
  watchPaces(deps);
  const census = createGaugeStore(database.pool);
  const aliases = async () => new Map((await connections.all()).map(({ id, alias }) => [id, alias]));
  /** `gone`: the connection was removed between two queries. */
  const aliasOf = async (connectionId: string) => (await aliases()).get(connectionId) ?? 'gone';
  const entries = createEntryCounts({ store: census, clock });
  metrics.watch({
    name: 'symbolon_vault_entries',
    help: 'Entries of the vault by state; the reason where a grant is dead',
    labels: ['connection', 'state', 'reason'],
    read: async () =>
      await Promise.all(
        ((await entries.read())?.counts ?? []).map(async ({ connectionId, state, reason, count }) => ({
          labels: { connection: await aliasOf(connectionId), state, reason },
          value: count,
        })),
      ),
  });
  metrics.watch({
    name: 'symbolon_vault_entries_age_seconds',
    help: 'Age of the count of entries; absent: the first one is not over',
    read: async () => {
      const counted = await entries.read();
      return counted ? [{ value: (clock.now().getTime() - counted.at.getTime()) / 1000 }] : [];
    },
  });
  metrics.watch({
    name: 'symbolon_sweep_lag_seconds',
    help: 'How long ago a token ended that apps use and that should have been refreshed before; absent: no lag',
    labels: ['connection'],
    read: async () => {
      const late = new Map<string, number>();
      for (const { connectionId, lag } of (await entries.read())?.counts ?? [])
        if (lag !== null) late.set(connectionId, Math.max(lag, late.get(connectionId) ?? 0));
      return await Promise.all(
        [...late].map(async ([connectionId, value]) => ({
          labels: { connection: await aliasOf(connectionId) },
          value,
        })),
      );
    },
  });
  const backlogs = {
    refreshes_unfinished: { read: census.unfinished, what: 'refreshes under way, or left so by a crash' },
    departures_pending: { read: census.queuedRevocations, what: 'grants that providers have still to end' },
    webhook_deliveries_pending: {
      read: createWebhookBacklog(database.pool),
      what: 'webhook deliveries not yet made',
    },
  };
  for (const [name, { read, what }] of Object.entries(backlogs)) {
    const once = atMostEvery(clock, seconds(5), read);
    metrics.watch({
      name: `symbolon_${name}`,
      help: `Number of ${what}`,
      read: async () => [{ value: (await once()).count }],
    });
    metrics.watch({
      name: `symbolon_${name}_oldest_seconds`,
      help: `Age of the oldest of ${what}`,
      read: async () => [{ value: (await once()).age }],
    });
  }
  metrics.watch({
    name: 'symbolon_spilled_token_sets',
    help: 'Refreshed token sets on this machine’s disk, which the database has not taken for seconds',
    read: async () => [{ value: await deps.spill.count() }],
  });
  metrics.watch({
    name: 'symbolon_spilled_token_sets_unreadable',
    help: 'Files of such token sets that were set aside at a start, since they could not be read',
    read: async () => [{ value: await deps.spill.count('broken') }],
  });
  metrics.watch({
    name: 'symbolon_circuit_open',
    help: '1 while a provider is not asked because it does not answer, 0.5 while one caller finds out whether it is back',
    labels: ['connection'],
    read: async () =>
      (await connections.all()).map(({ id, alias }) => ({
        labels: { connection: alias },
        value: openness[circuitOf(id).state()],
      })),
  });
}

type PaceState = NonNullable<ReturnType<Sweep['paceOf']>>;

/** The pace of the sweep in this process, for each connection that it has refreshed tokens of. */
function watchPaces({ metrics, connections, sweep }: GaugesDeps): void {
  const readings = async (measure: (state: PaceState) => number | undefined) =>
    (await connections.all()).flatMap(({ id, alias }) => {
      const state = sweep.paceOf(id);
      const value = state && measure(state);
      return value === undefined ? [] : [{ labels: { connection: alias }, value }];
    });
  const watched: Readonly<Record<string, readonly [string, (state: PaceState) => number | undefined]>> = {
    places: ['Refreshes ahead that may run at once, by latency and refusals', ({ atOnce }) => atOnce],
    running: ['Refreshes ahead that run now', ({ running }) => running],
    limit_per_second: [
      'Refreshes in a second that the sweep keeps to, declared or learnt from refusals; absent: no limit is known',
      ({ perSecond }) => perSecond,
    ],
    latency_seconds: [
      'The least time of the last refreshes ahead, beside which others count as slow',
      ({ latency }) => (latency === undefined ? undefined : latency / 1000),
    ],
  };
  for (const [name, [help, measure]] of Object.entries(watched))
    metrics.watch({
      name: `symbolon_sweep_${name}`,
      help,
      labels: ['connection'],
      read: () => readings(measure),
    });
}

const openness = { closed: 0, 'half-open': 0.5, open: 1 };

function watchPool(metrics: Metrics, { pool }: Database): void {
  const states = (): Reading[] => [
    { labels: { state: 'in_use' }, value: pool.totalCount - pool.idleCount },
    { labels: { state: 'idle' }, value: pool.idleCount },
    { labels: { state: 'waiting' }, value: pool.waitingCount },
  ];
  metrics.watch({
    name: 'symbolon_database_connections',
    help: 'Connections of this process to PostgreSQL, and callers that wait for one',
    labels: ['state'],
    read: states,
  });
}

/** Returns a read whose result is cached for `interval` milliseconds. */
function atMostEvery<T>(clock: Clock, interval: number, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly result: Promise<T> } | undefined;
  return () => {
    const now = clock.now().getTime();
    if (last && now - last.at < interval) return last.result;
    const current = { at: now, result: read() };
    last = current;
    // A failed read is repeated at the next scrape.
    current.result.catch(() => {
      if (last === current) last = undefined;
    });
    return current.result;
  };
}
