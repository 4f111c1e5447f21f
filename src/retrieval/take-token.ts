import { isDatabaseUnavailable } from '../kit/database/database-errors.ts';
import type { Events } from '../kit/events/events.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import type { TokenNeeds } from '../vault/refresh/decide.ts';
import type { FreshResult, FreshToken } from '../vault/refresh/fresh-result.ts';
import type { Vault } from '../vault/vault.ts';
import { appOf, type Caller, type Permitted, type Wanted } from './permission.ts';
import { type PermissionDeps, permitAgain } from './permit.ts';
import type { Refusals } from './refusals.ts';

export interface TakeTokenDeps extends PermissionDeps {
  readonly vault: Pick<Vault, 'freshToken'>;
  readonly events: Events;
  readonly refusals: Pick<Refusals, 'note'>;
}

export interface TokenRequest {
  readonly permitted: Permitted;
  readonly wanted: Wanted;
  readonly needs: TokenNeeds;
  /** Checks the conditions of this use, such as the requested scopes, against a new permission. @throws Problem */
  readonly allow: (permitted: Permitted) => void;
  /** Time has passed since permission was given, because the request body was slow to arrive. */
  readonly late?: boolean;
}

export interface TakenToken {
  readonly token: FreshToken;
  /** The permission as it was when the token was read. */
  readonly permitted: Permitted;
}

/** A policy that changes more often than this within one request ends the request with 503. */
const mostChecks = 3;

/**
 * Takes the token out of the vault. If the request waited for a refresh or a slow body, the permission is checked again,
 * since it may have ended in the meantime. @throws Problem, with a link where the user can resolve it.
 */
export async function takeToken(
  deps: TakeTokenDeps,
  caller: Caller,
  request: TokenRequest,
): Promise<TakenToken> {
  const { needs, late = false } = request;
  let { permitted } = request;
  for (let round = 0; round < mostChecks; round += 1) {
    const { identity, connection, policy } = permitted;
    const { id: identityId, userId, subject } = identity;
    const target = { identityId, userId, subject, connection };
    // The widest scopes that the token may have; undefined: all that were granted.
    const within = policy.scopes.length > 0 ? policy.scopes : undefined;
    const result = await deps.vault.freshToken(target, { ...needs, within });
    // The account may have been unlinked in the meantime; then there is nothing to reauthorize.
    if (result.kind === 'missing') await checkAgain(deps, caller, request);
    if (result.kind !== 'token') throw await refusal(deps, caller, { permitted, result });
    if (!result.waited && !(late && round === 0)) return { token: result, permitted };
    const permittedNow = await checkAgain(deps, caller, request);
    if (isSameUse(permittedNow, permitted)) return { token: result, permitted: permittedNow };
    // The token now belongs to another account, or is wider than the new policy.
    permitted = permittedNow;
  }
  throw new Problem('unavailable', { headers: { 'Retry-After': '1' } });
}

async function checkAgain(
  deps: TakeTokenDeps,
  caller: Caller,
  { permitted: { identity, connection }, wanted, allow }: TokenRequest,
): Promise<Permitted> {
  try {
    const permitted = await permitAgain(deps, caller, wanted);
    allow(permitted);
    return permitted;
  } catch (error) {
    // The request is not refused: the app may retry it.
    if (isDatabaseUnavailable(error)) throw error;
    const { userId } = caller;
    const about = { userId, appId: appOf(caller), connection: connection.alias, identityId: identity.id };
    if (error instanceof Error) deps.refusals.note(error, { ...about, why: 'no_longer_permitted' });
    throw error;
  }
}

/** Returns true if a token that was taken under the earlier permission may be used under this one. */
function isSameUse(now: Permitted, before: Permitted): boolean {
  const scopes = ({ policy }: Permitted) => policy.scopes.join(' ');
  return now.identity.id === before.identity.id && scopes(now) === scopes(before);
}

async function refusal(
  { events, links, refusals }: TakeTokenDeps,
  caller: Caller,
  { permitted, result }: { permitted: Permitted; result: Exclude<FreshResult, FreshToken> },
): Promise<Problem> {
  const { identity, connection } = permitted;
  const about = {
    userId: caller.userId,
    appId: appOf(caller),
    connection: connection.alias,
    identityId: identity.id,
  };
  if (result.kind === 'unreadable')
    await events.record({
      type: 'token.unreadable',
      ...about,
      detail: { why: result.why ?? 'does not open' },
    });
  const missing = result.kind === 'out_of_scope' ? permitted.policy.scopes : [];
  const reauthorizeUrl = links.reauthorize(identity.id, appOf(caller), missing);
  // A tokenless provider issues no tokens, so signing in again would not help.
  const isTokenless = connection.connector.family === 'tokenless';
  const problem = isTokenless
    ? new Problem('no_provider_token')
    : problemOf(result, { missing, reauthorizeUrl });
  refusals.note(problem, { ...about, why: result.kind });
  return problem;
}

interface Reauthorization {
  readonly missing: readonly string[];
  readonly reauthorizeUrl: string;
}

function problemOf(
  result: Exclude<FreshResult, FreshToken>,
  { missing, reauthorizeUrl }: Reauthorization,
): Problem {
  switch (result.kind) {
    case 'out_of_scope':
      return new Problem('insufficient_upstream_scope', {
        members: { missing, reauthorize_url: reauthorizeUrl },
      });
    case 'too_wide':
      return new Problem('connection_not_allowed', {
        detail: 'The provider issues no token that is as narrow as the policy of this app.',
      });
    case 'missing':
      return new Problem('reauthorization_required', {
        members: { reason: 'not_refreshable', since: null, reauthorize_url: reauthorizeUrl },
      });
    case 'reauthorization_required':
      return new Problem('reauthorization_required', {
        members: {
          reason: result.reason,
          since: result.since.toISOString(),
          reauthorize_url: reauthorizeUrl,
        },
      });
    case 'too_soon':
      return new Problem('too_many_requests', { headers: retryAfter(result.retryAfter) });
    case 'provider_unavailable':
      return new Problem('provider_unavailable', { headers: retryAfter(result.retryAfter) });
    case 'provider_error':
      return new Problem('provider_error', { members: { step: result.step } });
    case 'unreadable':
      return new Problem('unavailable', { headers: { 'Retry-After': '60' } });
  }
}
