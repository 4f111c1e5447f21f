import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { monotonic } from '../kit/clock.ts';
import { createLineWriter, type Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { RequestContext } from '../kit/request-context.ts';
import { startRequest } from '../kit/spans.ts';
import { loggedPath } from './logged-path.ts';

export interface AnsweredRequestsDeps {
  readonly log: Logger;
  /** False: the line of each request is a line of level debug. Default: true. */
  readonly logRequests?: boolean | undefined;
  readonly metrics?: Pick<Metrics, 'startRequest'> | undefined;
}

/** Counts and times each answered request, writes a line about it, and makes its span where spans are exported. */
export interface AnsweredRequests {
  begin(request: IncomingMessage): BegunRequest;
}

export interface BegunRequest {
  /** Runs the work on the request in its span. */
  run(work: () => void): void;
  /** A request that is not ended leaves nothing. */
  end(answer: Answered): void;
}

export interface Answered {
  readonly request: Pick<RequestContext, 'requestId' | 'address'>;
  /** The id of the app that authenticated. */
  readonly client: string | null | undefined;
  readonly method: string;
  /** The template, not the path. */
  readonly route: string;
  readonly status: number;
  /** The client closed the connection before the answer had ended. */
  readonly aborted?: boolean;
}

/** Supervisors ask for these every few seconds. */
const probes: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export function createAnsweredRequests(deps: AnsweredRequestsDeps): AnsweredRequests {
  const { log, logRequests = true, metrics } = deps;
  const write = createLineWriter(log);
  return {
    begin({ socket, headers, url = '' }) {
      const span = startRequest(headers.traceparent);
      const end = metrics?.startRequest();
      const begun = monotonic();
      const sentBefore = socket.bytesWritten;
      const answered = (answer: Answered) => {
        const {
          request: { requestId, address },
          client,
          method,
          route,
          status,
          aborted = false,
        } = answer;
        span?.end({ method, route, status, requestId, client, aborted });
        if (!aborted) end?.({ method, route, status });
        const level = logRequests && !probes.has(route) ? 'info' : 'debug';
        if (!log.isLevelEnabled(level)) return;
        // The path and the address can tell who asked. The path has no query, which can contain codes and states.
        const more = log.isLevelEnabled('debug') && { path: loggedPath(url.split('?', 1)[0] ?? ''), address };
        write(level, {
          requestId,
          ...(span && { trace_id: span.traceId, span_id: span.spanId }),
          method,
          route,
          status,
          ms: Math.round((monotonic() - begun) * 100) / 100,
          bytes: socket.bytesWritten - sentBefore,
          ...(client && { client }),
          ...(aborted && { aborted }),
          ...more,
          msg: 'answered',
        });
      };
      return { run: span ? span.run : atOnce, end: answered };
    },
  };
}

const atOnce = (work: () => void) => work();

/** The largest number of route labels. It bounds the metric if a router is ever mounted at a variable path. */
const mostRoutes = 300;

/** Returns a function that gives the template of a request's route, of a bounded number of templates. */
export function createRouteLabels(): (request: Request) => string {
  const labels = new Set<string>();
  return (request) => {
    const route = routeOf(request);
    if (labels.size < mostRoutes) labels.add(route);
    return labels.has(route) ? route : 'other';
  };
}

/** Returns the route's template with its mount path, which Express no longer knows when an error handler answers. */
function routeOf({ route, baseUrl, originalUrl }: Request): string {
  const template: unknown = route?.path;
  if (typeof template !== 'string') return 'none';
  if (baseUrl !== '') return baseUrl + template;
  const [path = ''] = originalUrl.split('?');
  const segments = path.split('/').filter(Boolean);
  const templateSegments = template.split('/').filter(Boolean);
  // A template that ends in `*` matches any length. The mount path ends before the template's first segment.
  const mountLength = template.includes('*')
    ? segments.indexOf(templateSegments[0] ?? '')
    : segments.length - templateSegments.length;
  const mountSegments = segments.slice(0, Math.max(0, mountLength));
  return ['', ...mountSegments, ...templateSegments].join('/') || '/';
}
