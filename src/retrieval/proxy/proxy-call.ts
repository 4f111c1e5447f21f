import type { IncomingHttpHeaders } from 'node:http';
import type { TokenTransport } from '../../connectors/contract/transport.ts';
import { findProxyRule, type ProxyMethod, type ProxyRule } from '../../issuance/registry/proxy-rules.ts';
import { seconds } from '../../kit/clock.ts';
import { type Opened, type Outbound, OutboundError } from '../../kit/outbound.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import type { TokenNeeds } from '../../vault/refresh/decide.ts';
import type { FreshToken } from '../../vault/refresh/fresh-result.ts';
import type { Caller, Permitted } from '../permission.ts';
import { type RetrievalDeps, whenPermitted } from '../retrieve.ts';
import { type TakenToken, takeToken } from '../take-token.ts';
import type { Upload } from './body.ts';
import { readVerdict } from './expired.ts';
import { requestHeaders } from './headers.ts';
import { withToken } from './inject.ts';
import { checkParameters } from './parameters.ts';
import { createScrubber, type Scrubber } from './scrub.ts';
import { type Target, targetOf } from './target.ts';

/** An app's call of a provider's API, as it arrived. */
export interface ProxyCall {
  /** An identity id or a connection alias. */
  readonly ref: string;
  readonly method: ProxyMethod;
  /** The path below the API's base, as written. */
  readonly path: string;
  readonly query: string;
  /** The stated reason when the user is not present; it is audited. */
  readonly reason?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The body, which is read only after the call is allowed. */
  readonly upload: () => Promise<Upload>;
  /** Aborts when the app has disconnected. */
  readonly signal: AbortSignal;
}

export interface Proxied {
  readonly answer: Opened;
  readonly scrubber: Scrubber;
  readonly provider: string;
  /** The base URL of the provider's API. */
  readonly api: string;
}

export interface ProxyDeps extends RetrievalDeps {
  readonly outbound: Pick<Outbound, 'open'>;
}

/** The longest wait for the head of the provider's response. */
const headTimeout = seconds(30);
/** Permission is checked again if the body took longer than this. */
const slowUpload = seconds(1);
/** The token should outlive the call. */
const usualNeeds = { minTtl: seconds(60), refreshedSince: undefined };

/**
 * Makes an app's call with the token in it; the app never sees the token. If the provider answers that the token has
 * expired, the call is repeated once with a newer token, unless its body was streamed. @throws Problem
 */
export async function proxyCall(deps: ProxyDeps, caller: Caller, call: ProxyCall): Promise<Proxied> {
  return await whenPermitted(deps, caller, {
    wanted: call,
    outcome: 'proxied',
    use: async (permitted) => {
      const { connector, registration } = permitted.connection;
      const slashInNames = connector.slashInNames;
      const target = targetOf(registration.endpoints.api, { ...call, slashInNames });
      const rule = allowedBy(permitted, call, target);
      const permittedAt = deps.clock.now();
      const upload = await uploadOf(call, connector.transport);

      const uploadedAt = deps.clock.now();
      const late = uploadedAt.getTime() - permittedAt.getTime() >= slowUpload;
      const allow = (permittedNow: Permitted) => void allowedBy(permittedNow, call, target);
      const newerNeeds = { minTtl: 0, refreshedSince: uploadedAt };
      const tokenRequest = { permitted, wanted: call, allow, late };
      const take = async (needs: TokenNeeds) => {
        const taken = await takeToken(deps, caller, { ...tokenRequest, needs });
        // The connection has moved meanwhile, and the token belongs to the place that it has moved to.
        if (taken.permitted.connection.registration.endpoints.api !== registration.endpoints.api)
          throw movedMeanwhile();
        return taken;
      };
      const { token: first } = await take(usualNeeds);
      await recordUse(deps, caller, { permitted, token: first, detail: detailOf(call, rule) });
      const attempt = (token: FreshToken) => send(deps, { call, permitted, target, upload, token });
      const verdict = await readVerdict(await attempt(first), connector.classify);
      const second =
        verdict.expired && upload.kind !== 'stream'
          ? await newerThan(first, () => take(newerNeeds))
          : undefined;
      const result = {
        provider: connector.provider,
        api: registration.endpoints.api,
        scrubber: createScrubber(second ? [first.accessToken, second.accessToken] : [first.accessToken]),
      };
      if (!second) return { ...result, answer: verdict.answer };
      await drop(verdict.answer);
      return { ...result, answer: await attempt(second) };
    },
  });
}

function allowedBy({ policy }: Permitted, { method }: ProxyCall, { readings }: Target) {
  const rule = findProxyRule(policy.proxy, { method, readings });
  if (rule) return rule;
  throw new Problem('connection_not_allowed', { detail: 'The policy of this app does not allow this call.' });
}

/** The event names the rule, since a path may name people. */
function detailOf({ method, reason }: ProxyCall, { path }: ProxyRule): Readonly<Record<string, string>> {
  return { method, path, ...(reason !== undefined && { reason }) };
}

async function uploadOf(call: ProxyCall, transport: TokenTransport): Promise<Upload> {
  const upload = await call.upload();
  const { method, query: search, headers } = call;
  if (upload.kind !== 'none' && (method === 'GET' || method === 'HEAD'))
    throw new Problem('invalid_request', { detail: `A ${method} has no body.` });
  const { 'content-type': contentType = '', 'content-encoding': contentEncoding = '' } = headers;
  const tokenName = transport.in === 'query' ? transport.name : undefined;
  return checkParameters({ search, contentType, contentEncoding, upload }, tokenName);
}

function movedMeanwhile(): Problem {
  return new Problem('provider_unavailable', { headers: retryAfter(seconds(1)) });
}

/** Notes when the token was used, and audits the call. */
async function recordUse(
  { vault, retrievals }: ProxyDeps,
  { userId, clientId, background }: Caller,
  about: {
    readonly permitted: Permitted;
    readonly token: FreshToken;
    readonly detail: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { identity, connection } = about.permitted;
  vault.noteUse(identity.id, about.token.lastUsedAt);
  const detail = { background, ...about.detail };
  const subject = { userId, appId: clientId, connection: connection.alias, identityId: identity.id };
  await retrievals.add({ type: 'token.proxied', ...subject, detail });
}

interface Attempt {
  readonly call: ProxyCall;
  readonly permitted: Permitted;
  readonly target: Target;
  readonly upload: Upload;
  readonly token: FreshToken;
}

async function send({ outbound }: ProxyDeps, attempt: Attempt): Promise<Opened> {
  const { call, permitted, target, upload, token } = attempt;
  const { connector, registration } = permitted.connection;
  const { transport } = connector;
  const headers = requestHeaders(call.headers, transport.in === 'header' ? transport.name : '');
  const dressed = withToken({ url: target.url, headers }, token, { transport, registration });
  const body = upload.kind === 'none' ? undefined : upload.kind === 'kept' ? upload.bytes : upload.chunks;
  const { method, signal } = call;
  try {
    const rest = { method, signal, headTimeout, headers: dressed.headers, ...(body && { body }) };
    return await outbound.open(dressed.url, rest);
  } catch (error) {
    throw problemOf(error);
  }
}

/**
 * Returns a token newer than the refused one, or undefined when there is none to be had now. @throws Problem
 */
async function newerThan(
  first: FreshToken,
  takeNewer: () => Promise<TakenToken>,
): Promise<FreshToken | undefined> {
  try {
    const { token } = await takeNewer();
    return token.accessToken.equals(first.accessToken.reveal()) ? undefined : token;
  } catch (error) {
    // A refusal that the user has to resolve, or a lost permission, tells more than the provider's own
    // answer.
    if (error instanceof Problem && noNewer.has(error.code)) return undefined;
    throw error;
  }
}

/** These refusals say that no newer token is available now, and nothing about permission. */
const noNewer: ReadonlySet<string> = new Set([
  'too_many_requests',
  'provider_error',
  'provider_unavailable',
  'unavailable',
  'insufficient_upstream_scope',
]);

/** Ends a response body that is not read, which releases its connection. */
async function drop({ body }: Opened): Promise<void> {
  await body?.[Symbol.asyncIterator]().return?.();
}

/** Returns the problem that the app gets for a failed call. */
function problemOf(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Problem) return cause;
  if (!(error instanceof OutboundError)) return error;
  const isTemporary = error.failure === 'timeout' || error.failure === 'unreachable';
  return isTemporary
    ? new Problem('provider_unavailable', { headers: retryAfter(seconds(2)), cause: error })
    : new Problem('provider_error', { members: { step: 'call' }, cause: error });
}
