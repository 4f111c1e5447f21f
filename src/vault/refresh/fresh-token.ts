import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError } from '../../connectors/contract/failures.ts';
import { OriginChangedError, type TokenUse } from '../../connectors/engine/destinations.ts';
import { createCache } from '../../kit/cache.ts';
import { monotonic, seconds } from '../../kit/clock.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import type { Entry } from '../entry.ts';
import { longestWait, RefreshPendingError, waitFor } from './caller-wait.ts';
import { checkAccessToken } from './check-access-token.ts';
import { type Decision, decide, forcedInterval, isOtherClients, type TokenNeeds } from './decide.ts';
import {
  afterFailure,
  createOriginChangedNotes,
  hasMoved,
  isServable,
  originChanged,
  serve,
  withWait,
} from './fresh-answers.ts';
import type { FreshResult, FreshToken } from './fresh-result.ts';
import { quarantine, withLease } from './lease.ts';
import { type Narrow, narrowingFailed } from './narrow.ts';
import { createOtherClientAnswer } from './other-client.ts';
import { refreshUnderLease } from './refresh.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';
import { createScopeQuestion } from './scope-question.ts';

/**
 * Returns an app's token in plaintext: the only function that does. This inner room owns the refresh of an entry. It does
 * not check permissions (retrieval does) nor store sign-ins (`store-tokens.ts`). The order of the steps:
 *
 * 1. `decide.ts` judges the stored entry: return it, refresh it, verify it, or report a dead grant or a wait.
 * 2. Concurrent callers in this process share one refresh. `lease.ts` takes the lease that excludes other processes.
 * 3. Under the lease the entry is read and judged again. `refresh.ts` then journals, calls the provider and merges.
 * 4. `save-refreshed.ts` saves, retries, and spills to disk what the database does not accept within a second.
 * 5. `note-failure.ts` notes a failure: the grant is dead, in doubt, or retried later.
 * 6. `scope-question.ts` asks the provider for scopes that are still unknown.
 * 7. The entry is read once more, and `narrow.ts` asks for a narrower token if the app may not have all scopes.
 */
export type Fresh = (target: RefreshTarget, needs: TokenNeeds) => Promise<FreshResult>;

export type PeekToken = (target: RefreshTarget, minTtl: number) => FreshToken | undefined;

/** Milliseconds between two tries to get the lease. */
const poll = 60;
/**
 * Milliseconds. A wait that takes longer was for the provider and not for the database, so permission may have ended
 * meanwhile.
 */
const databaseWait = seconds(4);

export function createFreshTokens(deps: RefreshDeps, narrow: Narrow): Fresh {
  const fresh = createFullScope(deps);
  const verify = createVerification(deps);
  const withScopes = createScopeQuestion(deps);
  const noteOriginChange = createOriginChangedNotes(deps);

  return async (target, needs) => {
    // `waited`: the provider was asked, so the caller has to check its permission again.
    const verified = needs.refreshedSince !== undefined && (await verify(target));
    const result = await noteOriginChange(target, await fresh(target, needs));
    const found = verified && result.kind === 'token' ? { ...result, waited: true } : result;
    const token = await withScopes(target, found, needs);
    const { within, minTtl } = needs;
    if (token.kind !== 'token' || !within) return token;
    try {
      return await narrow(target, { token, within, minTtl });
    } catch (error) {
      if (error instanceof OriginChangedError) return await noteOriginChange(target, originChanged(target));
      const answer = narrowingFailed(error);
      if (answer) return answer;
      // The grant may be dead. A refresh of the whole grant finds out and notes it.
      const again = await fresh(target, { minTtl, refreshedSince: deps.clock.now() });
      return again.kind === 'token' ? { kind: 'provider_error', step: 'refresh' } : again;
    }
  };
}

/**
 * Returns a function that verifies a token which cannot be refreshed, for a caller that wants a fresher one: an API has
 * probably refused it. It does so at most as often as a forced refresh, and returns whether it did.
 */
function createVerification(deps: RefreshDeps) {
  const asked = createCache<true>({ max: 10_000, expiry: { ttl: forcedInterval, clock: deps.clock } });
  return async (target: RefreshTarget): Promise<boolean> => {
    const entry = await deps.store.find(target.identityId);
    if (entry?.state !== 'active' || entry.refreshable) return false;
    if (isOtherClients(entry, target.connection.registration.clientId)) return false;
    if (asked.has(target.identityId) || hasMoved(deps, target, { entry, use: 'account' })) return false;
    asked.set(target.identityId, true);
    await checkAccessToken(deps, target, entry);
    return true;
  };
}

/** Returns a function that returns the token with all scopes of its grant. */
function createFullScope(deps: RefreshDeps): Fresh {
  const { store } = deps;
  const share = createSingleFlight<void>();
  const answerOtherClient = createOtherClientAnswer(deps);

  const read = async (target: RefreshTarget, needs: TokenNeeds) => {
    const entry = await store.find(target.identityId);
    return entry && { entry, decision: decideOn(deps, target, { entry, needs }) };
  };

  /** Most tokens are served from the cache. Each other decision is made by the table. */
  const served = async (target: RefreshTarget, needs: TokenNeeds) => {
    const entry = await store.known(target.identityId);
    const serves = entry && decideOn(deps, target, { entry, needs }).kind === 'serve';
    return serves ? serve(deps, target, entry) : undefined;
  };

  return async (target, needs) => {
    const known = await served(target, needs);
    if (known?.kind === 'token') return known;
    let failure: UpstreamError | RefreshPendingError | undefined;
    /** By `monotonic`; undefined: nothing was waited for yet. */
    let waitedSince: number | undefined;
    // The shared refresh may have started for a caller that needs less, so the next round decides again.
    for (let round = 0; round < 3; round += 1) {
      const current = await read(target, needs);
      if (!current) return { kind: 'missing' };
      const { entry, decision } = current;
      if (
        decision.kind !== 'serve' &&
        decision.kind !== 'dead' &&
        hasMoved(deps, target, { entry, use: useOf(decision) })
      )
        return originChanged(target);
      if (decision.kind === 'other client') return await answerOtherClient(target, entry);
      if (failure) {
        const attempt = { entry, needs, decision, failure };
        return withWait(afterFailure(deps, target, attempt), waitedSince !== undefined);
      }
      if (decision.kind !== 'refresh' && decision.kind !== 'verify')
        return withWait(await conclude(deps, target, { entry, decision }), waitedSince !== undefined);
      const { identityId } = target;
      const unverified = decision.kind === 'verify';
      waitedSince ??= monotonic();
      try {
        if (unverified)
          await waitFor(share(`verify ${identityId}`, () => checkAccessToken(deps, target, entry)));
        else
          await waitFor(
            share(identityId, () => refreshWhenFree(deps, target, needs)),
            (tell) => deps.inFlight.onStalled(identityId, tell),
          );
      } catch (error) {
        // The entry was just read, so a valid token can be returned during an outage, unless a refresh has replaced it.
        const untouched = isDatabaseUnavailable(error) && !deps.inFlight.has(identityId);
        if (untouched && isServable(entry, needs, deps.clock.now()))
          return withWait(serve(deps, target, entry), monotonic() - waitedSince > databaseWait);
        if (error instanceof UpstreamError || error instanceof RefreshPendingError) failure = error;
        else if (error instanceof UnreadableError) return { kind: 'unreadable' };
        else if (error instanceof OriginChangedError) return originChanged(target);
        else throw error;
      }
    }
    return { kind: 'provider_unavailable', retryAfter: seconds(2) };
  };
}

/**
 * Returns a function that returns the stored token where its entry is in the cache, proven to be current, and needs no more
 * than to be served: no refresh, no question to the provider. Undefined: `Fresh` decides.
 */
export function createPeekToken(deps: RefreshDeps): PeekToken {
  return (target, minTtl) => {
    const entry = deps.store.peek(target.identityId);
    const needs = { minTtl, refreshedSince: undefined };
    if (!entry || decideOn(deps, target, { entry, needs }).kind !== 'serve') return undefined;
    const result = serve(deps, target, entry);
    return result.kind === 'token' ? result : undefined;
  };
}

function decideOn(
  { clock }: RefreshDeps,
  { connection: { connector, registration } }: RefreshTarget,
  { entry, needs }: { readonly entry: Entry; readonly needs: TokenNeeds },
): Decision {
  const about = { needs, now: clock.now(), clientId: registration.clientId };
  return decide(entry, connector.refresh, about);
}

function useOf({ kind }: Decision): TokenUse {
  return kind === 'verify' ? 'account' : 'refresh';
}

/** Refreshes under the lease. While another process has it, waits for the result of that process. */
async function refreshWhenFree(deps: RefreshDeps, target: RefreshTarget, needs: TokenNeeds): Promise<void> {
  const { store, metrics } = deps;
  // `waited`: milliseconds of pauses.
  for (let waited = 0; waited < longestWait; waited += poll) {
    const outcome = await withLease(deps, target.identityId, async (leased) => {
      // Another process may have saved a good token before this one got the lease.
      if (decideOn(deps, target, { entry: leased.entry, needs }).kind !== 'refresh') return;
      const wait = quarantine(deps, target, leased);
      if (wait > 0) throw new RefreshPendingError(wait);
      await refreshUnderLease(deps, target, leased);
    });
    if (outcome === 'done') {
      if (waited > 0) metrics.leaseWait(waited);
      return;
    }
    if (deps.inFlight.ending.aborted) break;
    await pause(poll);
    const entry = await store.find(target.identityId);
    if (entry && decideOn(deps, target, { entry, needs }).kind === 'refresh') continue;
    metrics.leaseWait(waited + poll);
    return;
  }
  metrics.leaseWait(longestWait);
  throw new RefreshPendingError(seconds(2));
}

/** Returns the answer of a decision that needs no call to the provider. A dead grant is noted in the entry first. */
async function conclude(
  deps: RefreshDeps,
  target: RefreshTarget,
  {
    entry,
    decision,
  }: { entry: Entry; decision: Exclude<Decision, { kind: 'refresh' | 'verify' | 'other client' }> },
): Promise<FreshResult> {
  switch (decision.kind) {
    case 'serve':
      return serve(deps, target, entry);
    case 'dead': {
      const { reason, since, noted } = decision;
      if (!noted && (await deps.store.markDead(entry.identityId, entry.version, { reason, error: reason }))) {
        const { identityId, userId, connection } = target;
        const about = { identityId, userId, connection: connection.alias, detail: { reason } };
        await deps.events.record({ type: 'token.reauthorization_required', ...about });
      }
      return { kind: 'reauthorization_required', reason, since };
    }
    case 'wait': {
      const retryAfter = decision.until.getTime() - deps.clock.now().getTime();
      return { kind: decision.because === 'too soon' ? 'too_soon' : 'provider_unavailable', retryAfter };
    }
  }
}
