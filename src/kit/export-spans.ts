import { randomUUID } from 'node:crypto';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { minutes, monotonic, seconds } from './clock.ts';
import type { Logger } from './log.ts';
import { useTracer } from './spans.ts';
import { version } from './version.ts';

// Loaded only where OTEL_EXPORTER_OTLP_ENDPOINT is set.

export interface ExportOptions {
  /** The address for traces. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly sampler: 'always_on' | 'always_off' | 'traceidratio';
  /** The decision of the caller's trace comes first. */
  readonly parentBased: boolean;
  /** For `traceidratio`: the part of the traces, 0 to 1. */
  readonly ratio: number;
  readonly log: Pick<Logger, 'warn'>;
  /** Milliseconds for the last spans of a process that ends. Default: 3 s. */
  readonly lastTimeout?: number;
}

/** Milliseconds for one export, with its repetitions. */
const timeout = seconds(10);

/**
 * Exports all spans from now on. Returns a function that sends the last ones and ends. A collector that does not answer costs
 * spans above 2,048, and a line in the log each minute.
 */
export function exportSpans(options: ExportOptions): () => Promise<void> {
  const { url, headers, serviceName, log, lastTimeout = seconds(3) } = options;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeout });
  const provider = new TracerProvider({
    sampler: samplerOf(options),
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    // No attribute has a text of that length. Should one be added by mistake, it ends there.
    spanLimits: { attributeValueLengthLimit: 256, attributeCountLimit: 32 },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: reporting(exporter, log), exportTimeoutMillis: timeout }),
    ],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  useTracer(provider.getTracer('symbolon', version));
  return async () => {
    useTracer(undefined);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, lastTimeout);
    await Promise.race([provider.shutdown().catch(() => undefined), late.promise]);
    clearTimeout(timer);
    context.disable();
  };
}

function samplerOf({ sampler, parentBased, ratio }: ExportOptions): Sampler {
  const samplers = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const root = samplers[sampler]();
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

/** Logs failed exports, at most one each minute. */
function reporting(exporter: SpanExporter, log: Pick<Logger, 'warn'>): SpanExporter {
  let saidAt = Number.NEGATIVE_INFINITY;
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== 0) {
          lost += spans.length;
          if (monotonic() - saidAt >= minutes(1)) {
            log.warn({ err: result.error, spans: lost }, 'the collector did not take these spans');
            [saidAt, lost] = [monotonic(), 0];
          }
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}
