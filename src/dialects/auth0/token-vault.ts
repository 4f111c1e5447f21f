import { z } from 'zod';
import type { PresentedToken, SenderKeys } from '../../http/bearer.ts';
import type { StandingScopes } from '../../issuance/consent/standing-scopes.ts';
import { type GrantCall, GrantError } from '../../issuance/custom-grants.ts';
import { seconds } from '../../kit/clock.ts';
import { Problem } from '../../kit/problem.ts';
import { type OnBehalfDeps, onBehalfOf } from '../../retrieval/on-behalf.ts';
import { resolvedByPerson } from '../../retrieval/on-behalf-errors.ts';
import type { Caller } from '../../retrieval/permission.ts';
import { consentLink } from '../../retrieval/policy.ts';
import { type RetrievalDeps, retrieve } from '../../retrieval/retrieve.ts';
import {
  asGrantError,
  callerOf,
  type SubjectDeps,
  type SubjectType,
  subjectTypes,
} from '../../retrieval/subject-token.ts';

// Auth0's Token Vault exchange, as its client libraries send it.

export const tokenVaultGrant =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';
const connectionTokenType = 'http://auth0.com/oauth/token-type/federated-connection-access-token';

const request = z.object({
  subject_token: z.string().min(1),
  subject_token_type: z.enum(subjectTypes),
  requested_token_type: z.literal(connectionTokenType),
  connection: z.string().min(1).max(64),
  login_hint: z.string().min(1).max(1024).optional(),
});

export const tokenVaultParameters = Object.keys(request.shape);

/** The least lifetime of the returned token: callers keep it until shortly before `expires_in`. */
const shortestLife = seconds(60);

export interface TokenVaultDeps extends RetrievalDeps, SubjectDeps, OnBehalfDeps {
  readonly refusals: SubjectDeps['refusals'];
  readonly identities: RetrievalDeps['identities'];
  readonly standingScopes: Pick<StandingScopes, 'of' | 'inBackground'>;
}

/** Returns the handler of the grant. @throws GrantError with status 401 where Auth0 has it, with the links beside it. */
export function tokenVaultExchange(deps: TokenVaultDeps) {
  return async ({ clientId, params, presented, sender }: GrantCall): Promise<Record<string, unknown>> => {
    const parsed = request.safeParse(params);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new GrantError('invalid_request', `${issue?.path.join('.')}: ${issue?.message}`);
    }
    const { subject_token: token, subject_token_type: type, connection: ref, login_hint } = parsed.data;
    const why = 'The subject token is invalid, expired, revoked or not of this client.';
    const refusal = () => new GrantError('invalid_grant', why, { status: 401 });
    const caller = await callerFor(deps, clientId, {
      presented: (by) => presented(token, by),
      sender,
      type,
      refusal,
    });
    const needs = { minTtl: shortestLife, refreshedSince: undefined };
    try {
      const answer = await retrieve(deps, caller, { ref, loginHint: login_hint, needs, scopes: [] });
      return {
        access_token: answer.access_token,
        scope: answer.scope,
        ...(answer.expires_in !== null && { expires_in: answer.expires_in }),
        issued_token_type: connectionTokenType,
        token_type: 'Bearer',
      };
    } catch (error) {
      throw asTokenVaultError(error, caller.onBehalf && (await connectUrl(deps, caller, ref)));
    }
  };
}

interface Subject {
  readonly presented: (by?: 'received') => PresentedToken;
  readonly sender: SenderKeys;
  readonly type: SubjectType;
  readonly refusal: () => Error;
}

/**
 * Returns the person of the subject token: one of this app's own, or an access token for an API of this client. Auth0 calls
 * the latter a Custom API Client (`app_type: resource_server`).
 */
async function callerFor(
  deps: TokenVaultDeps,
  clientId: string,
  { presented, sender, type, refusal }: Subject,
): Promise<Caller> {
  const found =
    type === subjectTypes.accessToken
      ? await onBehalfOf(deps, clientId, { token: presented('received'), sender, refusal })
      : undefined;
  if (found) return found.caller;
  const own = await callerOf(deps, clientId, { token: presented(), type, refusal });
  return type === subjectTypes.refreshToken ? await withStandingScopes(deps, own) : own;
}

/** Returns the page on which the person lets the API use an account; undefined: the connection is unknown. */
async function connectUrl(deps: TokenVaultDeps, caller: Caller, ref: string): Promise<string | undefined> {
  const connection = await deps.connections.find(ref);
  return connection && consentLink(deps.links, caller, connection);
}

/**
 * Auth0's apps name no connection in the scope of a sign-in, and connect accounts later. A refresh token
 * therefore stands for all that its app has been allowed since; an access token stands for its own scopes.
 */
async function withStandingScopes(deps: TokenVaultDeps, caller: Caller): Promise<Caller> {
  const standing = await deps.standingScopes.of(caller.userId, caller.clientId);
  const again = async () => await withStandingScopes(deps, await caller.again());
  const connections = [...(caller.granted.connections ?? []), ...standing.connections];
  return {
    ...caller,
    scopes: new Set([...caller.scopes, ...standing.scopes]),
    granted: { ...caller.granted, connections },
    again,
  };
}

/**
 * Returns the refusal with the status of Auth0, which is 401 both for a connection that is not linked and for one that must be
 * reauthorized. `connect` is the page where the person resolves it for an API.
 */
function asTokenVaultError(error: unknown, connect: string | undefined): unknown {
  const refusal = asGrantError(error);
  if (!(error instanceof Problem) || !(refusal instanceof GrantError)) return refusal;
  const { code, message, headers } = refusal;
  const isResolved = resolvedByPerson.has(code) && connect !== undefined;
  const members = { ...refusal.members, ...(isResolved && { connect_url: connect }) };
  const is401 = ['identity_not_found', 'reauthorization_required'].includes(error.code);
  return new GrantError(code, message, { status: is401 ? 401 : refusal.status, members, headers });
}
