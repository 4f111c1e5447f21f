import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError } from '../../connectors/contract/failures.ts';
import type { TokenSet } from '../../connectors/contract/upstream-sign-in.ts';
import { requireOwnOrigins } from '../../connectors/engine/destinations.ts';
import { foreignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { Event } from '../../kit/events/events.ts';
import { traced, type WorkSpan } from '../../kit/spans.ts';
import type { Leased } from '../lease-store.ts';
import { openStoredSet, storedSetOf } from '../stored-set.ts';
import { noteFailure } from './note-failure.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { wrongIdTokenEvent } from './save-once.ts';
import { saveRefreshed } from './save-refreshed.ts';
import { doubtPause, isDoubtful } from './verdict.ts';

/**
 * Refreshes one entry under its lease, in this order: write the journal, call the provider with no database connection
 * held, save the answer before anything else, record the event. A failure is noted in the entry (`note-failure.ts`).
 * @throws UpstreamError after it was noted, when it leaves no token to return, and OriginChangedError before the call
 */
export async function refreshUnderLease(
  deps: RefreshDeps,
  target: RefreshTarget,
  leased: Leased,
): Promise<void> {
  const attributes = { 'symbolon.connection': target.connection.alias };
  await traced('refresh', { attributes }, (span) => refreshOnce(deps, target, leased, span));
}

async function refreshOnce(
  deps: RefreshDeps,
  target: RefreshTarget,
  leased: Leased,
  span: WorkSpan | undefined,
): Promise<void> {
  const { store, keyring, clock, circuitOf, metrics } = deps;
  const { identityId, userId, subject, connection } = target;
  const { entry, unfinished } = leased;
  const held = openStoredSet(keyring, entry);
  requireOwnOrigins(connection, held.tokens, 'refresh');
  // The journal also proves that the database accepts writes, so no rotation starts that could not be saved. From here on
  // nothing is aborted: the provider may already have rotated the refresh token.
  if (!(await store.writeIntent(identityId, entry.version, deps.owner))) return;
  const begun = clock.now();
  const sinceBegun = () => Math.max(0, clock.now().getTime() - begun.getTime());
  const measure = (outcome: string) => {
    metrics.refresh({ connection: connection.alias, outcome }, sinceBegun());
    span?.setAttribute('symbolon.outcome', outcome);
  };
  const ask = () => circuitOf(connection.id).run('refresh', () => connection.upstream.refresh(held.tokens));
  let again = false;
  let issued: TokenSet;
  try {
    issued = await ask().catch(async (error: unknown) => {
      if (!(error instanceof UpstreamError) || !isDoubtful(error, connection.connector.refresh)) throw error;
      if (!(await pausedBeforeRetry(deps))) throw error;
      again = true;
      return await ask();
    });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    measure(error.failure.kind);
    const failed = { entry, unfinished: unfinished !== undefined, error, again, ms: sinceBegun() };
    if (await noteFailure(deps, target, failed)) return;
    throw error;
  }
  const ms = sinceBegun();
  const traits = connection.connector.refresh;
  // The person has not authorized again, so the new tokens stay with the origins of the old ones.
  const { accessLifetime: former, origins } = held.tokens;
  const refreshed = storedSetOf(issued, { traits, now: begun, former, origins });
  const foreign = foreignClaim({ ...connection, subject }, issued.idTokenClaims);
  const { version, depositedAt, owner, wrappedKey } = entry;
  const { clientId } = connection.registration;
  const about = { identityId, userId, connectionId: connection.id, version, depositedAt, clientId };
  let saved = version;
  const onVersion = (next: number) => {
    saved = next;
  };
  const outcome = await saveRefreshed(
    { ...deps, onVersion },
    {
      ...{ ...about, sealedFor: { owner, wrappedKey } },
      ...{ traits, held, refreshed, foreign },
    },
  );
  measure(outcome);
  if (outcome === 'gone')
    await untilRecorded(
      deps,
      target,
      'the end of a grant whose identity has gone could not be queued yet',
      () => deps.upstreamRevocations.enqueueTokens(target, refreshed),
    );
  const detail = {
    rotated: issued.refreshToken !== undefined,
    after_unfinished: unfinished !== undefined,
    outcome,
    version: saved,
    ms,
  };
  await record(deps, target, { type: 'token.refreshed', ...subjectOf(target), detail });
  if (foreign && outcome === 'saved') await record(deps, target, wrongIdTokenEvent(target, foreign));
}

async function record(deps: RefreshDeps, target: RefreshTarget, event: Event): Promise<void> {
  await untilRecorded(deps, target, 'a refresh could not be recorded yet', () => deps.events.record(event));
}

async function untilRecorded(
  deps: RefreshDeps,
  { identityId }: RefreshTarget,
  trouble: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const say = (error: unknown) => deps.log.error({ err: error, identityId }, trouble);
  await retryUntilDone(work, say, whileProcessRuns(deps, identityId));
}

/**
 * Waits before a second call, and less long than the lease lasts with that call. Returns false if this process ends, so
 * that the next one asks.
 */
async function pausedBeforeRetry({
  doubtPause: rest = doubtPause,
  inFlight: { ending },
}: RefreshDeps): Promise<boolean> {
  await pause(rest, undefined, { signal: ending, ref: false }).catch(() => undefined);
  return !ending.aborted;
}
