import type { TokenTransport } from '../../connectors/contract/transport.ts';
import { seconds } from '../../kit/clock.ts';
import { type Opened, type Outbound, OutboundError } from '../../kit/outbound.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import type { TokenNeeds } from '../../vault/refresh/decide.ts';
import { actorsIn, appOf, type Caller, type Permitted } from '../permission.ts';
import { type RetrievalDeps, whenPermitted } from '../retrieve.ts';
import { type TakenToken, takeToken } from '../take-token.ts';
import type { Upload } from './body.ts';
import { decoded, drop } from './decoded.ts';
import type { Doubts } from './doubts.ts';
import { readVerdict, type Sign } from './expired.ts';
import { withToken } from './inject.ts';
import { type Outgoing, outgoingOf, type WrittenCall } from './outgoing.ts';
import { checkBody } from './parameters.ts';
import { createScrubber, type Scrubber } from './scrub.ts';

/** An app's call of a provider's API, as it arrived. */
export interface ProxyCall extends WrittenCall {
  /** An identity id or a connection alias. */
  readonly ref: string;
  /** The stated reason when the user is not present; it is audited. */
  readonly reason?: string | undefined;
  /** The body, which is read only after the call is allowed. */
  readonly upload: () => Promise<Upload>;
  /** Uses up the approval of the person, when everything is at hand to send the call. @throws Problem call_not_approved */
  readonly beforeSending?: (() => Promise<void>) | undefined;
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
  readonly doubts: Doubts;
}

/** The longest wait for the head of the provider's response. */
const headTimeout = seconds(30);
/** Permission is checked again if the body took longer than this. */
const slowUpload = seconds(1);
/** The token should outlive the call. */
const usualNeeds = { minTtl: seconds(60), refreshedSince: undefined };

/**
 * Makes an app's call with the token in it; the app never sees the token. If the provider answers that the token has
 * expired, the call is repeated once with a newer token, unless its body was streamed. If the answer only may mean that, a
 * write is not repeated. @throws Problem
 */
export async function proxyCall(deps: ProxyDeps, caller: Caller, call: ProxyCall): Promise<Proxied> {
  return await whenPermitted(deps, caller, {
    wanted: call,
    outcome: 'proxied',
    use: async (permitted) => {
      const { connector, registration } = permitted.connection;
      const outgoing = outgoingOf(permitted, call);
      const permittedAt = deps.clock.now();
      const upload = await uploadOf(call, outgoing, connector.transport);

      const uploadedAt = deps.clock.now();
      const late = uploadedAt.getTime() - permittedAt.getTime() >= slowUpload;
      const allow = (permittedNow: Permitted) => void outgoingOf(permittedNow, call);
      const tokenRequest = { permitted, wanted: call, allow, late };
      const take = async (needs: TokenNeeds) => {
        const taken = await takeToken(deps, caller, { ...tokenRequest, needs });
        // The connection has moved meanwhile, and the token belongs to the place that it has moved to.
        if (taken.permitted.connection.registration.endpoints.api !== registration.endpoints.api)
          throw movedMeanwhile();
        return taken;
      };
      const first = await take(usualNeeds);
      await call.beforeSending?.();
      await recordUse(deps, caller, { taken: first, call });
      const attempt = (taken: TakenToken) => send(deps, { call, upload, taken });
      const { answer, sign } = await readVerdict(await attempt(first), connector);
      const replace = { first, sign, uploadedAt, isRead: readMethods.has(call.method), take };
      const second = upload.kind === 'stream' ? undefined : await replacement(deps, replace);
      const tokens = [first, ...(second ? [second] : [])].map(({ token }) => token.accessToken);
      const result = {
        provider: connector.provider,
        api: registration.endpoints.api,
        scrubber: createScrubber(tokens),
      };
      if (!second) return { ...result, answer };
      await drop(answer);
      const repeated = await readVerdict(await attempt(second), connector);
      if (repeated.sign === 'said') deps.doubts.note('said', second.permitted.identity.id);
      return { ...result, answer: repeated.answer };
    },
  });
}

async function uploadOf(
  call: ProxyCall,
  { method, headers }: Outgoing,
  transport: TokenTransport,
): Promise<Upload> {
  const upload = await call.upload();
  if (upload.kind !== 'none' && (method === 'GET' || method === 'HEAD'))
    throw new Problem('invalid_request', { detail: `A ${method} has no body.` });
  return checkBody(upload, headers, transport.in === 'query' ? transport.name : undefined);
}

function movedMeanwhile(): Problem {
  return new Problem('provider_unavailable', { headers: retryAfter(seconds(1)) });
}

/** Notes when the token was used, and audits the call by its rule, since a path may name people. */
async function recordUse(
  { vault, retrievals }: ProxyDeps,
  caller: Caller,
  { taken: { permitted, token }, call }: { readonly taken: TakenToken; readonly call: ProxyCall },
): Promise<void> {
  const { identity, connection } = permitted;
  const { method, rule } = outgoingOf(permitted, call);
  vault.noteUse(identity.id, token.lastUsedAt);
  const { reason } = call;
  const { userId, background } = caller;
  const detail = {
    background,
    method,
    path: rule.path,
    ...actorsIn(caller),
    ...(reason !== undefined && { reason }),
  };
  const subject = { userId, appId: appOf(caller), connection: connection.alias, identityId: identity.id };
  await retrievals.add({ type: 'token.proxied', ...subject, detail });
}

interface Attempt {
  readonly call: ProxyCall;
  readonly upload: Upload;
  /** The token, with the permission as it was when the token was read. */
  readonly taken: TakenToken;
}

async function send({ outbound }: ProxyDeps, { call, upload, taken }: Attempt): Promise<Opened> {
  const { permitted, token } = taken;
  const { connector, registration } = permitted.connection;
  const outgoing = outgoingOf(permitted, call);
  const { url, headers } = withToken(outgoing, token, { transport: connector.transport, registration });
  const body = upload.kind === 'none' ? undefined : upload.kind === 'kept' ? upload.bytes : upload.chunks;
  const rest = { method: outgoing.method, signal: call.signal, headTimeout };
  try {
    return await decoded(await outbound.open(url, { ...rest, headers, ...(body && { body }) }));
  } catch (error) {
    throw problemOf(error);
  }
}

/** A repeated read does no harm, even if the first one was no refusal of the token. */
const readMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

interface Replace {
  readonly first: TakenToken;
  readonly sign: Sign;
  /** The time from which a refresh counts for a certain sign. */
  readonly uploadedAt: Date;
  readonly isRead: boolean;
  readonly take: (needs: TokenNeeds) => Promise<TakenToken>;
}

/**
 * Returns the token with which the call is repeated, or undefined if it is not. After a doubtful sign the token is refreshed for
 * the next call, but a write is not repeated. @throws Problem
 */
async function replacement(
  { doubts }: ProxyDeps,
  { first, sign, uploadedAt, isRead, take }: Replace,
): Promise<TakenToken | undefined> {
  if (sign === undefined) return undefined;
  const { id } = first.permitted.identity;
  if (sign === 'said' && doubts.isInVain(id)) return undefined;
  if (sign !== 'doubtful')
    return await newerThan(first, () => take({ minTtl: 0, refreshedSince: uploadedAt }));
  const needs = doubts.needsOf(id);
  if (!needs) return undefined;
  try {
    const newer = await newerThan(first, () => take(needs));
    if (!newer) doubts.note('doubtful', id);
    return isRead ? newer : undefined;
  } catch (error) {
    doubts.note('doubtful', id);
    // The write may have had an effect, so its answer matters more.
    if (!isRead && error instanceof Problem) return undefined;
    throw error;
  }
}

/**
 * Returns a token newer than the refused one, or undefined when there is none to be had now. @throws Problem
 */
async function newerThan(
  { token: { accessToken } }: TakenToken,
  takeNewer: () => Promise<TakenToken>,
): Promise<TakenToken | undefined> {
  try {
    const newer = await takeNewer();
    return newer.token.accessToken.equals(accessToken.reveal()) ? undefined : newer;
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
