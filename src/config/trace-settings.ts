import { z } from 'zod';
import type { ExportOptions } from '../kit/export-spans.ts';

/** The settings of traces, by the names of the OpenTelemetry specification. `docs/observability.md` has them. */
export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a web address, e.g. http://localhost:4318' })
    .optional()
    .describe(
      'OpenTelemetry collector that gets traces, by OTLP over HTTP at `/v1/traces`; unset: no traces',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'must be `name=value[,name=value…]`, values percent-encoded')
    .optional()
    .describe('headers for the collector, such as its credential: `name=value[,name=value…]`'),
  OTEL_SERVICE_NAME: z.string().default('symbolon').describe('name of the service in traces'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe('the traces that are recorded; without `parentbased_` the caller does not decide'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('must be a number from 0 to 1')
    .min(0, 'must be a number from 0 to 1')
    .max(1, 'must be a number from 0 to 1')
    .default(1)
    .describe('part of the traces that a `traceidratio` records, 0 to 1'),
  TRACEPARENT_TO_PROVIDERS: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1')
    .describe('`1`: calls to providers carry `traceparent`, by which two of them can link accounts'),
};

export interface TraceConfig {
  /** Undefined: no traces are made, and nothing of OpenTelemetry's SDK is loaded. */
  readonly traces: Omit<ExportOptions, 'log'> | undefined;
  readonly sendsTraceparent: boolean;
}

interface Read {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string | undefined;
  readonly OTEL_SERVICE_NAME: string;
  readonly OTEL_TRACES_SAMPLER: z.output<(typeof traceSettings)['OTEL_TRACES_SAMPLER']>;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
  readonly TRACEPARENT_TO_PROVIDERS: boolean;
}

export function traceConfigOf(read: Read): TraceConfig {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER: named } = read;
  const parentBased = named.startsWith('parentbased_');
  const sampler = named.replace('parentbased_', '') as ExportOptions['sampler'];
  return {
    sendsTraceparent: read.TRACEPARENT_TO_PROVIDERS,
    traces:
      endpoint === undefined
        ? undefined
        : {
            url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
            headers: headersIn(read.OTEL_EXPORTER_OTLP_HEADERS),
            serviceName: read.OTEL_SERVICE_NAME,
            sampler,
            parentBased,
            ratio: read.OTEL_TRACES_SAMPLER_ARG,
          },
  };
}

/** The values are percent-encoded (W3C Baggage, as the specification of the variable says). One that is not stays as it is. */
function headersIn(given: string | undefined): Readonly<Record<string, string>> {
  const pairs = given?.split(',').map((pair) => pair.split(/=(.*)/s)) ?? [];
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.trim(), decoded(value.trim())]));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
