// The few parts of OpenTelemetry's SDK that are used here, so that the types of a checkout do not depend on its packages.

declare module '@opentelemetry/sdk-trace' {
  import type { Tracer } from '@opentelemetry/api';

  export interface SpanExporter {
    export(
      spans: readonly unknown[],
      done: (result: { readonly code: number; readonly error?: Error }) => void,
    ): void;
    shutdown(): Promise<void>;
    forceFlush?(): Promise<void>;
  }
  export interface Sampler {
    toString(): string;
  }
  export class AlwaysOnSampler implements Sampler {}
  export class AlwaysOffSampler implements Sampler {}
  export class TraceIdRatioBasedSampler implements Sampler {
    constructor(ratio: number);
  }
  export class ParentBasedSampler implements Sampler {
    constructor(options: { readonly root: Sampler });
  }
  export class BatchSpanProcessor {
    constructor(options: { readonly exporter: SpanExporter; readonly exportTimeoutMillis: number });
  }
  export class TracerProvider {
    constructor(options: {
      readonly sampler: Sampler;
      readonly resource: import('@opentelemetry/resources').Resource;
      readonly spanLimits: {
        readonly attributeValueLengthLimit: number;
        readonly attributeCountLimit: number;
      };
      readonly spanProcessors: readonly BatchSpanProcessor[];
    });
    getTracer(name: string, version: string): Tracer;
    shutdown(): Promise<void>;
  }
}

declare module '@opentelemetry/resources' {
  export interface Resource {
    readonly attributes: Readonly<Record<string, unknown>>;
  }
  export function resourceFromAttributes(attributes: Readonly<Record<string, string>>): Resource;
}

declare module '@opentelemetry/exporter-trace-otlp-http' {
  import type { SpanExporter } from '@opentelemetry/sdk-trace';

  export const OTLPTraceExporter: new (options: {
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly timeoutMillis: number;
  }) => SpanExporter;
}

declare module '@opentelemetry/context-async-hooks' {
  import type { ContextManager } from '@opentelemetry/api';

  export const AsyncLocalStorageContextManager: new () => ContextManager;
}
