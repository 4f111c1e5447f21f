import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { Problem } from './problem.ts';

/**
 * The spans of this process. Without a tracer none is made, and work runs as if it were called directly. A span's attributes are
 * names from our own code, aliases and ids of apps: none holds a token, a query, a path, or a person.
 */

/** A span that work adds to. */
export interface WorkSpan {
  setAttribute(name: string, value: string | number): unknown;
}

let tracer: Tracer | undefined;

/** Sets the tracer of all spans from now on. Undefined: no more are made. */
export function useTracer(given: Tracer | undefined): void {
  tracer = given;
}

export interface Traced {
  /** A call to another host. Default: work of this process. */
  readonly isCall?: boolean;
  readonly attributes?: Attributes;
  /** The span begins a trace of its own, with a link to the current span: one of many in a long run. */
  readonly apart?: boolean;
}

/** Runs work in a span, which ends with it. `work` gets undefined where no span is made. */
export async function traced<T>(
  name: string,
  { isCall = false, attributes, apart = false }: Traced,
  work: (span: WorkSpan | undefined) => Promise<T>,
): Promise<T> {
  if (!tracer) return await work(undefined);
  const current = trace.getSpanContext(context.active());
  const links = apart && current ? [{ context: current }] : [];
  const kind = isCall ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const options = { kind, root: apart, links, ...(attributes && { attributes }) };
  const span = tracer.startSpan(name, options, context.active());
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(span));
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed. A message may quote a provider, so only the code or the class is told. */
function fail(span: Span, error: unknown): void {
  const type = error instanceof Problem ? error.code : error instanceof Error ? error.name : typeof error;
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

export interface RequestSpan {
  readonly traceId: string;
  readonly spanId: string;
  run<T>(work: () => T): T;
  end(answer: { readonly method: string; readonly route: string; readonly status: number } & Ended): void;
}

interface Ended {
  readonly requestId: string | undefined;
  readonly client: string | null | undefined;
  readonly aborted: boolean;
}

/** Returns the span of a request that arrives, or undefined where none is made. */
export function startRequest(traceparent: unknown): RequestSpan | undefined {
  if (!tracer) return undefined;
  const parent = parentOf(traceparent);
  const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent);
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    run: (work) => context.with(trace.setSpan(parent, span), work),
    end({ method, route, status, requestId, client, aborted }) {
      span.updateName(route === 'none' ? method : `${method} ${route}`);
      span.setAttributes({
        'http.request.method': method,
        ...(route !== 'none' && { 'http.route': route }),
        ...(!aborted && { 'http.response.status_code': status }),
        ...(requestId !== undefined && { 'symbolon.request_id': requestId }),
        ...(client && { 'symbolon.client_id': client }),
      });
      if (aborted) span.setAttribute('error.type', 'aborted');
      else if (status >= 500) span.setAttribute('error.type', String(status));
      if (aborted || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/**
 * The form of version 00 of W3C Trace Context, section 3.2. A header in another form begins a new trace. `tracestate` and `baggage`
 * are not read: they are texts of the caller's, and nothing here needs them.
 */
const form = /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-((?!0{16})[\da-f]{16})-([\da-f]{2})$/;

function parentOf(traceparent: unknown): Context {
  const [, traceId, spanId, flags] = (typeof traceparent === 'string' && form.exec(traceparent)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Returns the `traceparent` for a call that is made now; undefined: there is no span. */
export function currentTraceparent(): string | undefined {
  const span = tracer && trace.getSpanContext(context.active());
  return span && `00-${span.traceId}-${span.spanId}-0${span.traceFlags & TraceFlags.SAMPLED}`;
}

/** Returns the members of a log line by which it is found from its trace, by their names in the specification. */
export function traceMembers(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const span = tracer && trace.getSpanContext(context.active());
  return span && { trace_id: span.traceId, span_id: span.spanId };
}
