import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError } from '../../connectors/contract/failures.ts';
import { createCache } from '../../kit/cache.ts';
import { monotonic, seconds } from '../../kit/clock.ts';
import { isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { createSingleFlight } from '../../kit/single-flight.ts';
import type { Entry } from '../entry.ts';
import { openStoredSet } from '../stored-set.ts';
import { inTime, longestWait, RefreshPendingError } from './caller-wait.ts';
import { checkAccessToken } from './check-access-token.ts';
import { type Decision, decide, forcedInterval, isOtherClients, type TokenNeeds } from './decide.ts';
import type { FreshResult } from './fresh-result.ts';
import { quarantine, withLease } from './lease.ts';
import { createNarrow, narrowingFailed } from './narrow.ts';
import { createOtherClientAnswer } from './other-client.ts';
import { refreshUnderLease } from './refresh.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/** The one door by which a provider's token leaves the vault. */
export type Fresh = (target: RefreshTarget, needs: TokenNeeds) => Promise<FreshResult>;

const poll = 60;
/** Nothing waits for the database alone for so long. A longer wait was for the provider, and permission may have ended. */
const databaseWait = seconds(4);

export function createFreshTokens(deps: RefreshDeps): Fresh {
  const fresh = createWide(deps);
  const narrow = createNarrow(deps);
  const doubt = createDoubt(deps);

  return async (target, needs) => {
    const doubted = needs.refreshedSince !== undefined && (await doubt(target));
    const result = await fresh(target, needs);
    const token = doubted && result.kind === 'token' ? { ...result, waited: true } : result;
    const { within, minTtl } = needs;
    if (token.kind !== 'token' || !within) return token;
    try {
      return await narrow(target, { token, within, minTtl });
    } catch (error) {
      const answer = narrowingFailed(error);
      if (answer) return answer;
      // Whether the grant is dead is found out where that is noted.
      const again = await fresh(target, { minTtl, refreshedSince: deps.clock.now() });
      return again.kind === 'token' ? { kind: 'provider_error', step: 'refresh' } : again;
    }
  };
}

/**
 * A token that cannot be renewed is asked about when somebody wants it fresher than it is: whoever found it refused
 * learns so what became of it. Not more often than a forced refresh. Returns whether it was asked about.
 */
function createDoubt(deps: RefreshDeps) {
  const asked = createCache<true>({ max: 10_000, expiry: { ttl: forcedInterval, clock: deps.clock } });
  return async (target: RefreshTarget): Promise<boolean> => {
    const entry = await deps.store.find(target.identityId);
    if (entry?.state !== 'active' || entry.refreshable) return false;
    if (isOtherClients(entry, target.connection.registration.clientId)) return false;
    if (asked.has(target.identityId)) return false;
    asked.set(target.identityId, true);
    await checkAccessToken(deps, target, entry);
    return true;
  };
}

/** As wide as it was granted. */
function createWide(deps: RefreshDeps): Fresh {
  const { store } = deps;
  const join = createSingleFlight<void>();
  const answerOtherClient = createOtherClientAnswer(deps);

  const read = async (target: RefreshTarget, needs: TokenNeeds) => {
    const entry = await store.find(target.identityId);
    return entry && { entry, decision: decideOn(deps, target, { entry, needs }) };
  };

  return async (target, needs) => {
    let trouble: UpstreamError | RefreshPendingError | undefined;
    let waitedSince: number | undefined;
    // A flight that was joined may have been started for a lesser wish; the second look decides anew.
    for (let look = 0; look < 3; look += 1) {
      const current = await read(target, needs);
      if (!current) return { kind: 'missing' };
      const { entry, decision } = current;
      if (decision.kind === 'foreign') return await answerOtherClient(target, entry);
      if (trouble)
        return withWait(afterTrouble(deps, { entry, needs, decision }, trouble), waitedSince !== undefined);
      if (decision.kind !== 'refresh' && decision.kind !== 'verify')
        return withWait(await conclude(deps, target, { entry, decision }), waitedSince !== undefined);
      const { identityId } = target;
      const verify = decision.kind === 'verify';
      waitedSince ??= monotonic();
      try {
        if (verify) await inTime(join(`verify ${identityId}`, () => checkAccessToken(deps, target, entry)));
        else
          await inTime(
            join(identityId, () => refreshWhenFree(deps, target, needs)),
            (tell) => deps.inFlight.onStalled(identityId, tell),
          );
      } catch (error) {
        // An entry read a moment ago needs no more of the database; a token traded in meanwhile may be worthless.
        const untouched = isDatabaseUnavailable(error) && !deps.inFlight.has(identityId);
        if (untouched && isServable(entry, needs, deps.clock.now()))
          return withWait(serve(deps, entry), monotonic() - waitedSince > databaseWait);
        if (error instanceof UpstreamError || error instanceof RefreshPendingError) trouble = error;
        else if (error instanceof UnreadableError) return { kind: 'unreadable' };
        else throw error;
      }
    }
    return { kind: 'provider_unavailable', retryAfter: seconds(2) };
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

function withWait(result: FreshResult, waited: boolean): FreshResult {
  return waited && result.kind === 'token' ? { ...result, waited } : result;
}

/** Waits for the lease, or for what its holder leaves behind; never refreshes without it. */
async function refreshWhenFree(deps: RefreshDeps, target: RefreshTarget, needs: TokenNeeds): Promise<void> {
  const { store, metrics } = deps;
  for (let waited = 0; waited < longestWait; waited += poll) {
    const outcome = await withLease(deps, target.identityId, async (leased) => {
      // Under the lease, what another process has saved meanwhile may do.
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

async function conclude(
  deps: RefreshDeps,
  target: RefreshTarget,
  {
    entry,
    decision,
  }: { entry: Entry; decision: Exclude<Decision, { kind: 'refresh' | 'verify' | 'foreign' }> },
): Promise<FreshResult> {
  switch (decision.kind) {
    case 'serve':
      return serve(deps, entry);
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

function serve({ keyring }: RefreshDeps, entry: Entry): FreshResult {
  try {
    const { tokens, scopes, accessExpiresAt } = openStoredSet(keyring, entry);
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

/** It lives, and its caller has not found it bad. */
function isServable({ accessExpiresAt, unverified }: Entry, needs: TokenNeeds, now: Date): boolean {
  const alive = !accessExpiresAt || accessExpiresAt > now;
  return alive && !unverified && needs.refreshedSince === undefined;
}

/** A refresh that failed for now: a token that still lives is served, unless its caller has found it bad. */
function afterTrouble(
  deps: RefreshDeps,
  { entry, needs, decision }: { entry: Entry; needs: TokenNeeds; decision: Decision },
  trouble: UpstreamError | RefreshPendingError,
): FreshResult {
  if (decision.kind === 'dead') {
    return { kind: 'reauthorization_required', reason: decision.reason, since: decision.since };
  }
  const now = deps.clock.now();
  if (isServable(entry, needs, now)) return serve(deps, entry);
  if (trouble instanceof RefreshPendingError)
    return { kind: 'provider_unavailable', retryAfter: trouble.retryAfter };
  const { failure, step } = trouble;
  // Found dead and not noted so: it is asked once more, after a pause.
  const { kind } = failure;
  if (kind === 'unavailable' || kind === 'rate-limited' || kind === 'grant-dead') {
    const retryAfter = entry.retryAt ? entry.retryAt.getTime() - now.getTime() : seconds(2);
    return { kind: 'provider_unavailable', retryAfter };
  }
  return { kind: 'provider_error', step };
}
