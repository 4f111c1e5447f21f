import type { UpstreamError } from '../../connectors/contract/failures.ts';
import { isMoved, type TokenUse } from '../../connectors/engine/destinations.ts';
import { createCache } from '../../kit/cache.ts';
import { seconds } from '../../kit/clock.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import type { Entry } from '../entry.ts';
import { openStoredSet } from '../stored-set.ts';
import { RefreshPendingError } from './caller-wait.ts';
import type { Decision, TokenNeeds } from './decide.ts';
import type { FreshResult } from './fresh-result.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';

// The answers to an app about an entry that needs no call to the provider, or after one.

/** Notes on a token that the provider was asked first. */
export function withWait(result: FreshResult, waited: boolean): FreshResult {
  return waited && result.kind === 'token' ? { ...result, waited } : result;
}

/** Returns the stored token in plaintext, unless its connection has moved to another origin. */
export function serve({ keyring }: RefreshDeps, target: RefreshTarget, entry: Entry): FreshResult {
  if (entry.rewoundFrom !== undefined) return { kind: 'unreadable', why: 'older row' };
  // The identity was another user's when the permission was checked.
  if (entry.owner[0] !== target.userId || entry.owner[1] !== target.connection.id)
    return { kind: 'unreadable' };
  try {
    const { tokens, scopes, accessExpiresAt } = openStoredSet(keyring, entry);
    if (isMoved(target.connection, tokens.origins, 'serve')) return originChanged(target);
    const { accessToken, parameters } = tokens;
    return {
      kind: 'token',
      accessToken,
      parameters,
      scopes,
      expiresAt: accessExpiresAt,
      lastUsedAt: entry.lastUsedAt,
      version: entry.version,
      waited: false,
    };
  } catch (error) {
    if (error instanceof UnreadableError) return { kind: 'unreadable' };
    throw error;
  }
}

/** Returns whether this use would send the stored tokens to an origin that is not theirs. An unreadable set has none. */
export function hasMoved(
  { keyring }: Pick<RefreshDeps, 'keyring'>,
  { connection }: Pick<RefreshTarget, 'connection'>,
  { entry, use }: { readonly entry: Entry; readonly use: TokenUse },
): boolean {
  try {
    return isMoved(connection, openStoredSet(keyring, entry).tokens.origins, use);
  } catch (error) {
    if (error instanceof UnreadableError) return false;
    throw error;
  }
}

/** Returns the answer for tokens of another origin. It is computed, so a connection that is changed back works again. */
export function originChanged({ connection }: Pick<RefreshTarget, 'connection'>): FreshResult {
  return { kind: 'reauthorization_required', reason: 'origin_changed', since: connection.changedAt };
}

/** Returns a function that records the event of such an answer, once per identity and change of its connection. */
export function createOriginChangedNotes({ events }: Pick<RefreshDeps, 'events'>) {
  // About ten megabytes. With fewer, apps that ask for more people than that would repeat all events.
  const noted = createCache<true>({ max: 100_000 });
  return async (target: RefreshTarget, result: FreshResult): Promise<FreshResult> => {
    if (result.kind !== 'reauthorization_required' || result.reason !== 'origin_changed') return result;
    const key = `${target.identityId} ${result.since.toISOString()}`;
    if (noted.has(key)) return result;
    noted.set(key, true);
    const { reason } = result;
    await events.record({ type: 'token.reauthorization_required', ...subjectOf(target), detail: { reason } });
    return result;
  };
}

/** Returns whether the token is valid by its end, and its caller has not asked for a fresher one. */
export function isServable({ accessExpiresAt, unverified }: Entry, needs: TokenNeeds, now: Date): boolean {
  const alive = !accessExpiresAt || accessExpiresAt > now;
  return alive && !unverified && needs.refreshedSince === undefined;
}

interface FailedAttempt {
  readonly entry: Entry;
  readonly needs: TokenNeeds;
  readonly decision: Decision;
  readonly failure: UpstreamError | RefreshPendingError;
}

/** Returns the answer after a refresh that failed for now: a token that is still valid, or an error. */
export function afterFailure(
  deps: RefreshDeps,
  target: RefreshTarget,
  { entry, needs, decision, failure }: FailedAttempt,
): FreshResult {
  if (decision.kind === 'dead') {
    return { kind: 'reauthorization_required', reason: decision.reason, since: decision.since };
  }
  const now = deps.clock.now();
  if (isServable(entry, needs, now)) return serve(deps, target, entry);
  if (failure instanceof RefreshPendingError)
    return { kind: 'provider_unavailable', retryAfter: failure.retryAfter };
  const { failure: upstreamFailure, step } = failure;
  // A refusal that was not noted as the end of the grant is retried after a pause.
  const { kind } = upstreamFailure;
  if (kind === 'unavailable' || kind === 'rate-limited' || kind === 'grant-dead') {
    const retryAfter = entry.retryAt ? entry.retryAt.getTime() - now.getTime() : seconds(2);
    return { kind: 'provider_unavailable', retryAfter };
  }
  return { kind: 'provider_error', step };
}
