import type { Clock } from '../../kit/clock.ts';
import { type Json, parseExactJson } from '../../kit/exact-json.ts';
import type { Outbound, OutboundInit } from '../../kit/outbound.ts';
import { type Classify, retryAfterOf, type Step, unansweredError } from './failures.ts';
import { upstreamError } from './judge-answer.ts';

/** Calls to a provider beside the token endpoint: profiles, revocation. */
export interface Wire {
  /** A JSON object. @throws UpstreamError, judged by the connector's own classifier. */
  json(step: Step, url: URL, init?: WireInit): Promise<JsonObject>;
  /** A JSON array or object. @throws UpstreamError */
  anyJson(step: Step, url: URL, init?: WireInit): Promise<Json>;
  /** Only whether it worked: any 2xx without an error inside. @throws UpstreamError */
  done(step: Step, url: URL, init: WireInit): Promise<void>;
}

export interface WireInit extends OutboundInit {
  /** Takes the JSON out of what the provider wraps it in, e.g. once a signature over the very text is checked. */
  readonly open?: (text: string) => string | Promise<string>;
}

export type JsonObject = Readonly<Record<string, Json>>;

export function createWire(outbound: Outbound, clock: Clock, classify: Classify | undefined): Wire {
  async function call(
    step: Step,
    url: URL,
    { open = (text) => text, ...init }: WireInit = {},
  ): Promise<{ status: number; json: Json | undefined }> {
    const response = await outbound.fetch(url, init).catch((cause: unknown) => {
      throw unansweredError(step, cause);
    });
    const json = tryParse(await open(await response.text()));
    if (response.ok) return { status: response.status, json };
    const body = asObject(json) ?? {};
    const error = typeof body.error === 'string' ? body.error : undefined;
    const retryAfter = retryAfterOf(response.headers, clock.now());
    throw upstreamError({ step, status: response.status, error, body, retryAfter }, classify);
  }

  async function anyJson(step: Step, url: URL, init?: WireInit): Promise<Json> {
    const { status, json } = await call(step, url, init);
    if (json === undefined)
      throw upstreamError({ step, status, error: 'not_json', body: {}, retryAfter: undefined }, undefined);
    return json;
  }

  // Some providers answer 200 with an error inside; only the connector can tell.
  function refuseHiddenError(step: Step, body: JsonObject): void {
    const error = typeof body.error === 'string' ? body.error : undefined;
    const signs = { step, status: 200, error, body, retryAfter: undefined };
    const hidden = classify?.(signs);
    if (hidden) throw upstreamError(signs, () => hidden);
  }

  return {
    anyJson,
    async json(step, url, init) {
      const body = asObject(await anyJson(step, url, init));
      const signs = { step, status: 200, retryAfter: undefined };
      if (!body) throw upstreamError({ ...signs, error: 'not_an_object', body: {} }, undefined);
      refuseHiddenError(step, body);
      return body;
    },
    async done(step, url, init) {
      const { json } = await call(step, url, init);
      refuseHiddenError(step, asObject(json) ?? {});
    },
  };
}

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
