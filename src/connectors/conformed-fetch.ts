import type { CustomFetchOptions } from 'openid-client';
import type { Outbound } from '../kit/outbound.ts';
import type { ConformedRequest, WireAnswer, WireContext, WireRequest } from './conform.ts';
import type { Connector } from './contract.ts';
import { UpstreamError } from './failures.ts';
import type { Registration } from './registration.ts';
import { normalizeTokenAnswer } from './token-answer.ts';

/** What went over the wire in one call, since a library's error says less than the answer. */
export interface Observed {
  /** Of the token endpoint, conformed. */
  token?: WireAnswer;
  /** Of another endpoint, e.g. of keys or revocation: the last one. */
  other?: WireAnswer;
  unanswered?: unknown;
  /** Of a token endpoint in trouble, whatever a connector makes of its answer. */
  status?: number;
  /** What the token endpoint was sent. */
  sent?: readonly string[];
  /** The connector itself found that the call cannot be made. */
  refused?: UpstreamError;
}

export interface ConformDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly context: WireContext;
  /** The token endpoint is not asked again. */
  readonly replay: WireAnswer | undefined;
}

/** The strict client's fetch: request and answer of the token endpoint are conformed on their way. */
export async function conformedFetch(
  { connector, registration, outbound, context, replay }: ConformDeps,
  observed: Observed,
  call: { readonly url: string; readonly options: CustomFetchOptions },
): Promise<Response> {
  const plain: WireRequest = {
    method: call.options.method,
    url: new URL(call.url),
    headers: new Headers(call.options.headers),
    body: new URLSearchParams(call.options.body as URLSearchParams | undefined),
  };
  const atTokenEndpoint = plain.url.href === new URL(registration.endpoints.token).href;
  if (atTokenEndpoint && replay) return responseOf(replay);
  const conform = atTokenEndpoint ? connector.conform?.request : undefined;
  const request = conform ? await noting(observed, () => conform(plain, registration, context)) : plain;
  observed.sent = secretsIn(plain.body, registration);
  const answer = await send(outbound, request, observed);
  if (!atTokenEndpoint) {
    observed.other = answer;
    return responseOf(answer);
  }
  if (answer.status === 429 || answer.status >= 500) observed.status = answer.status;
  observed.token = normalizeTokenAnswer(
    connector.conform?.response?.(answer, registration, context) ?? answer,
    connector.family,
  );
  return responseOf(observed.token);
}

/** What of a request may come back in a refusal's words, and is not to be kept. */
function secretsIn(body: URLSearchParams, { clientSecret }: Registration): readonly string[] {
  const open = ['grant_type', 'client_id', 'scope', 'redirect_uri', 'token_type_hint'];
  const sent = [...body].flatMap(([name, value]) => (open.includes(name) ? [] : [value]));
  return clientSecret ? [...sent, clientSecret.reveal()] : sent;
}

/** What a connector throws keeps its meaning, although the strict client wraps it. */
async function noting<T>(observed: Observed, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof UpstreamError) observed.refused = error;
    throw error;
  }
}

async function send(
  outbound: Outbound,
  { method, url, headers, body }: ConformedRequest,
  observed: Observed,
): Promise<WireAnswer> {
  const carriesBody = method !== 'GET' && method !== 'HEAD';
  try {
    const response = await outbound.fetch(url, { method, headers, ...(carriesBody && { body }) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    observed.unanswered = error;
    throw error;
  }
}

function responseOf({ status, headers, text }: WireAnswer): Response {
  return new Response([101, 204, 205].includes(status) ? null : text, { status, headers });
}
