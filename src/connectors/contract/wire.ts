import { type Json, parseExactJson } from '../../kit/exact-json.ts';
import type { OutboundInit } from '../../kit/outbound.ts';
import type { Step } from './failures.ts';

/**
 * The HTTP client of a connector's functions, for all calls but those of the token endpoint. Provided by the engine.
 */
export interface Wire {
  /** Returns the JSON object of an answer. @throws UpstreamError as the connector's `classify` has it */
  json(step: Step, url: URL, init?: WireInit): Promise<JsonObject>;
  /** Returns the JSON of an answer, an array or object. @throws UpstreamError */
  anyJson(step: Step, url: URL, init?: WireInit): Promise<Json>;
  /** Resolves on any 2xx without an error in its body. @throws UpstreamError */
  done(step: Step, url: URL, init: WireInit): Promise<void>;
}

export interface WireInit extends OutboundInit {
  /** Returns the JSON inside the provider's envelope, e.g. after a check of the signature over the exact text. */
  readonly open?: (text: string) => string | Promise<string>;
}

export type JsonObject = Readonly<Record<string, Json>>;

export function asObject(json: Json | undefined): JsonObject | undefined {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? (json as JsonObject) : undefined;
}

export function tryParse(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
