import type { CustomFetchOptions } from 'openid-client';
import type { Outbound } from '../../kit/outbound.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext, RewrittenRequest } from '../contract/rewrite.ts';
import { boundedJson } from './bounded-json.ts';
import { bringsToken, forStrictClient, normalizeTokenAnswer } from './token-answer.ts';

/** Bytes of a token answer that are read. The limit is high, since a token answer that is refused is lost. */
const longestAnswer = 8 * 1024 * 1024;

/** The answers of one call, since a library's error says less than the answer. */
export interface Observed {
  /** The rewritten answer of the token endpoint. */
  token?: HttpAnswer;
  /** The last answer of another endpoint, e.g. of keys or revocation. */
  other?: HttpAnswer;
  /** The error of a call that got no answer. */
  unanswered?: unknown;
  /** The status of a token endpoint in trouble, before the connector rewrites its answer. */
  status?: number;
  /** The secrets that were sent to the token endpoint. */
  sent?: readonly string[];
  /** The connector's own error: the call cannot be made. */
  refused?: UpstreamError;
}

export interface RewriteDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly context: RewriteContext;
  /** The earlier answer of the token endpoint, to be read again without a request. */
  readonly replay: HttpAnswer | undefined;
  /** Returns the provider's key set, cached or fetched. */
  readonly keys: () => Promise<HttpAnswer>;
}

/** The fetch function of the strict client. It rewrites requests to the token endpoint and their answers. */
export async function rewritingFetch(
  deps: RewriteDeps,
  observed: Observed,
  call: { readonly url: string; readonly options: CustomFetchOptions },
): Promise<Response> {
  const { connector, registration, outbound, context, replay } = deps;
  const plain: HttpRequest = {
    method: call.options.method,
    url: new URL(call.url),
    headers: new Headers(call.options.headers),
    body: new URLSearchParams(call.options.body as URLSearchParams | undefined),
  };
  const { token, jwks } = registration.endpoints;
  const atTokenEndpoint = isAt(plain.url, token);
  // The ID token of a refresh is checked after the save, and that of an OAuth 2.0 provider is ignored.
  const idTokenCounts = context.step === 'exchange' && connector.family === 'oidc';
  // The client gets the part of a token answer that it has to check. The rest is read from `observed`.
  const responseFor = (answer: HttpAnswer) =>
    responseOf(bringsToken(answer) ? forStrictClient(answer, idTokenCounts) : answer);
  if (atTokenEndpoint && replay) return responseFor(replay);
  observed.sent = secretsIn(plain.body, registration);
  if (!atTokenEndpoint) {
    const ask = jwks !== undefined && isAt(plain.url, jwks) ? deps.keys : () => send(outbound, plain);
    observed.other = await recordingFailure(observed, ask);
    return responseOf(observed.other);
  }
  const rewrite = connector.rewrite?.request;
  const request = rewrite
    ? await recordingOwnError(observed, () => rewrite(plain, registration, context))
    : plain;
  const answer = await recordingFailure(observed, () => send(outbound, request, longestAnswer));
  // The rewriting may give the answer another status.
  if (answer.status === 429 || answer.status >= 500) observed.status = answer.status;
  observed.token = rewritten({ ...answer, text: boundedJson(answer.text) }, deps);
  return responseFor(observed.token);
}

function isAt(url: URL, endpoint: string): boolean {
  return url.href === new URL(endpoint).href;
}

/**
 * Returns the rewritten answer. If the connector fails on an answer with a token, or takes a refreshed token for a
 * refusal, the answer counts as it was sent: the provider has already rotated the refresh token.
 */
function rewritten(answer: HttpAnswer, { connector, registration, context }: RewriteDeps): HttpAnswer {
  const response = connector.rewrite?.response;
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

/** Returns the secrets of a request, which a refusal may echo and which must not be stored. */
function secretsIn(body: URLSearchParams, { clientSecret }: Registration): readonly string[] {
  const open = ['grant_type', 'client_id', 'scope', 'redirect_uri', 'token_type_hint'];
  const sent = [...body].flatMap(([name, value]) => (open.includes(name) ? [] : [value]));
  return clientSecret ? [...sent, clientSecret.reveal()] : sent;
}

/** Records the connector's own error, which the strict client would wrap. */
async function recordingOwnError<T>(observed: Observed, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof UpstreamError) observed.refused = error;
    throw error;
  }
}

async function recordingFailure(observed: Observed, ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await ask();
  } catch (error) {
    observed.unanswered = error;
    throw error;
  }
}

async function send(
  outbound: Outbound,
  { method, url, headers, body }: RewrittenRequest,
  sizeLimit?: number,
): Promise<HttpAnswer> {
  const carriesBody = method !== 'GET' && method !== 'HEAD';
  const limit = sizeLimit !== undefined && { sizeLimit };
  const response = await outbound.fetch(url, { method, headers, ...(carriesBody && { body }), ...limit });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function responseOf({ status, headers, text }: HttpAnswer): Response {
  return new Response([101, 204, 205].includes(status) ? null : text, { status, headers });
}
