import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from './log.ts';
import { version } from './version.ts';

/**
 * The metrics for an operator's monitoring. Labels are names from our own code and the aliases of connections. No label
 * comes from a request, and none names a person, an app or a secret.
 */
export interface Metrics {
  /** Starts to time a request. Returns the function that ends it. */
  startRequest(): (answered: AnsweredRequest) => void;
  retrieval(labels: { readonly connection: string; readonly outcome: string }): void;
  agentCall(labels: { readonly tool: string; readonly outcome: string }): void;
  refresh(labels: { readonly connection: string; readonly outcome: string }, milliseconds: number): void;
  leaseWait(milliseconds: number): void;
  event(type: string): void;
  grantLost(labels: { readonly connection: string; readonly reason: string }): void;
  signalRefused(labels: { readonly connection: string }): void;
  /** A request was refused by a limit against floods. */
  limited(labels: { readonly limit: string }): void;
  /** A connection was closed at once, since as many as the limit allows were open. */
  connectionRefused(): void;
  rowRefused(labels: { readonly table: string }): void;
  /** Adds a metric that is read at every scrape. A failed read is left out. */
  watch(gauge: Watched): void;
  /** Adds memory, CPU, event loop and garbage collection of this process. */
  collectProcess(): void;
  /** Returns all metrics in Prometheus's exposition format. */
  text(): Promise<string>;
}

export const expositionType = Registry.PROMETHEUS_CONTENT_TYPE;

export interface AnsweredRequest {
  readonly method: string;
  /** The template, not the path. */
  readonly route: string;
  readonly status: number;
}

export interface Watched {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Returns one reading for each combination of labels. */
  read(): Reading[] | Promise<Reading[]>;
}

export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Seconds. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** The bounds of durations of calls to providers, in seconds. */
export const refreshBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

export function createMetrics(log: Logger): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const build = new Gauge({
    name: 'symbolon_build_info',
    help: 'Always 1; the label is the version that runs',
    labelNames: ['version'],
    registers,
  });
  build.set({ version }, 1);
  const requests = new Histogram({
    name: 'symbolon_http_request_duration_seconds',
    help: 'Requests answered, by route template',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers,
  });
  const retrievals = new Counter({
    name: 'symbolon_retrievals_total',
    help: 'Asks for a provider token: `token`, or the code of the refusal; connection `none` when it was refused before one was found',
    labelNames: ['connection', 'outcome'],
    registers,
  });
  const agentCalls = new Counter({
    name: 'symbolon_agent_calls_total',
    help: 'Calls of tools of the MCP server: `done`, `connect`, `ask`, or the code of the refusal',
    labelNames: ['tool', 'outcome'],
    registers,
  });
  const refreshes = new Histogram({
    name: 'symbolon_refresh_duration_seconds',
    help: 'Refreshes at the provider, from the call to the end of the save or the verdict',
    labelNames: ['connection', 'outcome'],
    buckets: refreshBuckets,
    registers,
  });
  const leaseWaits = new Histogram({
    name: 'symbolon_lease_wait_seconds',
    help: 'Time for which a refresh waited while another process held its lease',
    buckets: refreshBuckets,
    registers,
  });
  const events = new Counter({
    name: 'symbolon_events_total',
    help: 'Audit events by type; tokens handed out are counted as retrievals only',
    labelNames: ['type'],
    registers,
  });
  const lost = new Counter({
    name: 'symbolon_grants_lost_total',
    help: 'Grants that died, by the reason that apps are told; `rotation_lost` is the one to watch',
    labelNames: ['connection', 'reason'],
    registers,
  });

  const limited = new Counter({
    name: 'symbolon_requests_limited_total',
    help: 'Requests that a limit against floods refused: `address`, `client` or `wrong_credentials`',
    labelNames: ['limit'],
    registers,
  });
  const refusedConnections = new Counter({
    name: 'symbolon_connections_refused_total',
    help: 'Connections closed at once because MOST_CONNECTIONS were open',
    registers,
  });
  const refusedRows = new Counter({
    name: 'symbolon_rows_refused_total',
    help: 'Rows without a right tag that were read and not believed',
    labelNames: ['table'],
    registers,
  });
  const refused = new Counter({
    name: 'symbolon_signals_refused_total',
    help: 'Messages that came in a provider’s name and were not its own; audited at most once a minute',
    labelNames: ['connection'],
    registers,
  });

  return {
    startRequest() {
      const end = requests.startTimer();
      return ({ method, route, status }) =>
        void end({ method: methods.has(method) ? method : 'other', route, status });
    },
    retrieval: (labels) => retrievals.inc(labels),
    agentCall: (labels) => agentCalls.inc(labels),
    refresh: (labels, milliseconds) => refreshes.observe(labels, milliseconds / 1000),
    leaseWait: (milliseconds) => leaseWaits.observe(milliseconds / 1000),
    event: (type) => events.inc({ type }),
    grantLost: (labels) => lost.inc(labels),
    signalRefused: (labels) => refused.inc(labels),
    limited: (labels) => limited.inc(labels),
    connectionRefused: () => refusedConnections.inc(),
    rowRefused: (labels) => refusedRows.inc(labels),
    watch({ name, help, labels: labelNames = [], read }) {
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        async collect() {
          this.reset();
          try {
            for (const { labels = {}, value } of await read()) this.set(labels, value);
          } catch (error) {
            log.warn({ err: error, gauge: name }, 'a gauge cannot be read now');
          }
        },
      });
    },
    collectProcess: () => collectDefaultMetrics({ register: registry }),
    text: () => registry.metrics(),
  };
}
