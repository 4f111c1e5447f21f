import type { Clock } from '../../kit/clock.ts';
import { asObject, type Json, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import type { Outbound } from '../../kit/outbound.ts';
import { retryAfterOf } from '../../kit/retry-after.ts';
import type { ProviderHttp, ProviderRequest } from '../contract/calls.ts';
import type { Classify, Step } from '../contract/failures.ts';
import { errorFromAnswer, errorWithoutAnswer } from './call-errors.ts';

export function createProviderHttp(
  outbound: Outbound,
  clock: Clock,
  classify: Classify | undefined,
): ProviderHttp {
  async function call(
    step: Step,
    url: URL,
    { open = (text) => text, ...init }: ProviderRequest = {},
  ): Promise<{ status: number; json: Json | undefined }> {
    const response = await outbound.fetch(url, init).catch((cause: unknown) => {
      throw errorWithoutAnswer(step, cause);
    });
    const json = tryParse(await open(await response.text()));
    if (response.ok) return { status: response.status, json };
    const body = asObject(json) ?? {};
    const error = typeof body.error === 'string' ? body.error : undefined;
    const retryAfter = retryAfterOf(response.headers, clock.now());
    throw errorFromAnswer({ step, status: response.status, error, body, retryAfter }, classify);
  }

  async function anyJson(step: Step, url: URL, init?: ProviderRequest): Promise<Json> {
    const { status, json } = await call(step, url, init);
    if (json === undefined)
      throw errorFromAnswer({ step, status, error: 'not_json', body: {}, retryAfter: undefined }, undefined);
    return json;
  }

  // Some providers send an error with status 200; only the connector can recognise it.
  function refuseHiddenError(step: Step, body: JsonObject): void {
    const error = typeof body.error === 'string' ? body.error : undefined;
    const signs = { step, status: 200, error, body, retryAfter: undefined };
    const hidden = classify?.(signs);
    if (hidden) throw errorFromAnswer(signs, () => hidden);
  }

  return {
    anyJson,
    async json(step, url, init) {
      const body = asObject(await anyJson(step, url, init));
      const signs = { step, status: 200, retryAfter: undefined };
      if (!body) throw errorFromAnswer({ ...signs, error: 'not_an_object', body: {} }, undefined);
      refuseHiddenError(step, body);
      return body;
    },
    async done(step, url, init) {
      const { json } = await call(step, url, init);
      refuseHiddenError(step, asObject(json) ?? {});
    },
  };
}
