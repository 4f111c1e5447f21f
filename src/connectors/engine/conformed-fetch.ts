import type { CustomFetchOptions } from 'openid-client';
import type { Outbound } from '../../kit/outbound.ts';
import type { ConformedRequest, WireAnswer, WireContext, WireRequest } from '../contract/conform.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Registration } from '../contract/registration.ts';
import { boundedJson } from './bounded-json.ts';
import { bringsToken, forStrictClient, normalizeTokenAnswer } from './token-answer.ts';

/** Bytes of a token answer that are read: it is lost for good where it says more than a reader takes. */
const mostOfAnswer = 8 * 1024 * 1024;

/** What went over the wire in one call, since a library's error says less than the answer. */
export interface Observed {
  /** Of the token endpoint, conformed. */
  token?: WireAnswer;
  /** Of another endpoint, e.g. of keys or revocation: the last one. */
  other?: WireAnswer;
  unanswered?: unknown;
  /** Of a token endpoint in trouble, whatever a connector makes of its answer. */
  status?: number;
  /** Secrets that the token endpoint was sent. */
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
  /** The key set. */
  readonly keys: () => Promise<WireAnswer>;
}

/** The strict client's fetch: request and answer of the token endpoint are conformed on their way. */
export async function conformedFetch(
  deps: ConformDeps,
  observed: Observed,
  call: { readonly url: string; readonly options: CustomFetchOptions },
): Promise<Response> {
  const { connector, registration, outbound, context, replay } = deps;
  const plain: WireRequest = {
    method: call.options.method,
    url: new URL(call.url),
    headers: new Headers(call.options.headers),
    body: new URLSearchParams(call.options.body as URLSearchParams | undefined),
  };
  const { token, jwks } = registration.endpoints;
  const atTokenEndpoint = isAt(plain.url, token);
  const idTokenCounts = context.step === 'exchange' && connector.family === 'oidc';
  const strictly = (answer: WireAnswer) =>
    responseOf(bringsToken(answer) ? forStrictClient(answer, idTokenCounts) : answer);
  if (atTokenEndpoint && replay) return strictly(replay);
  observed.sent = secretsIn(plain.body, registration);
  if (!atTokenEndpoint) {
    const ask = jwks !== undefined && isAt(plain.url, jwks) ? deps.keys : () => send(outbound, plain);
    observed.other = await unanswered(observed, ask);
    return responseOf(observed.other);
  }
  const conform = connector.conform?.request;
  const request = conform ? await noting(observed, () => conform(plain, registration, context)) : plain;
  const answer = await unanswered(observed, () => send(outbound, request, mostOfAnswer));
  if (answer.status === 429 || answer.status >= 500) observed.status = answer.status;
  observed.token = conformed({ ...answer, text: boundedJson(answer.text) }, deps);
  return strictly(observed.token);
}

function isAt(url: URL, endpoint: string): boolean {
  return url.href === new URL(endpoint).href;
}

/**
 * A connector that stumbles over an answer's odd shape must not cost the token in it, nor one that takes a word beside
 * the tokens of a refresh for a refusal: the provider has rotated.
 */
function conformed(answer: WireAnswer, { connector, registration, context }: ConformDeps): WireAnswer {
  const response = connector.conform?.response;
  const plain = normalizeTokenAnswer(answer);
  if (!response) return plain;
  try {
    const theirs = normalizeTokenAnswer(response(answer, registration, context));
    return context.step === 'refresh' && bringsToken(plain) && !bringsToken(theirs) ? plain : theirs;
  } catch (error) {
    if (!bringsToken(plain)) throw error;
    return plain;
  }
}

/** Returns the secrets of a request that a refusal may echo, and that are not to be kept. */
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

async function unanswered(observed: Observed, ask: () => Promise<WireAnswer>): Promise<WireAnswer> {
  try {
    return await ask();
  } catch (error) {
    observed.unanswered = error;
    throw error;
  }
}

async function send(
  outbound: Outbound,
  { method, url, headers, body }: ConformedRequest,
  sizeLimit?: number,
): Promise<WireAnswer> {
  const carriesBody = method !== 'GET' && method !== 'HEAD';
  const limit = sizeLimit !== undefined && { sizeLimit };
  const response = await outbound.fetch(url, { method, headers, ...(carriesBody && { body }), ...limit });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function responseOf({ status, headers, text }: WireAnswer): Response {
  return new Response([101, 204, 205].includes(status) ? null : text, { status, headers });
}
