import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError } from '../../connectors/contract/failures.ts';
import type { TokenSet } from '../../connectors/contract/upstream-sign-in.ts';
import { foreignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { Event } from '../../kit/events/events.ts';
import type { Leased } from '../lease-store.ts';
import { openStoredSet, storedSetOf } from '../stored-set.ts';
import { noteFailure } from './note-failure.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { foreignEvent } from './save-once.ts';
import { saveRefreshed } from './save-refreshed.ts';
import { doubtPause, isDoubtful } from './verdict.ts';

/**
 * One refresh under the lease: journal, ask the provider with no database connection held, save before anything
 * else, judge a failure. @throws UpstreamError after it has been noted, where it leaves nothing to hand out.
 */
export async function refreshUnderLease(
  deps: RefreshDeps,
  target: RefreshTarget,
  leased: Leased,
): Promise<void> {
  const { store, keyring, clock, circuitOf, metrics } = deps;
  const { identityId, userId, subject, connection } = target;
  const { entry, unfinished } = leased;
  const held = openStoredSet(keyring, entry);
  // The journal is also the proof that a result can be saved: no rotation is started into a database that takes none.
  // From here on nothing is cut short: the provider may already have rotated what we hold.
  if (!(await store.writeIntent(identityId, entry.version, deps.owner))) return;
  const begun = clock.now();
  const measure = (outcome: string) =>
    metrics.refresh({ connection: connection.alias, outcome }, clock.now().getTime() - begun.getTime());
  const ask = () => circuitOf(connection.id).run('refresh', () => connection.upstream.refresh(held.tokens));
  let again = false;
  let issued: TokenSet;
  try {
    issued = await ask().catch(async (error: unknown) => {
      if (!(error instanceof UpstreamError) || !isDoubtful(error, connection.connector.refresh)) throw error;
      if (!(await rested(deps))) throw error;
      again = true;
      return await ask();
    });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    measure(error.failure.kind);
    const failed = { entry, unfinished: unfinished !== undefined, error, again };
    if (await noteFailure(deps, target, failed)) return;
    throw error;
  }
  const traits = connection.connector.refresh;
  const refreshed = storedSetOf(issued, traits, begun, held.tokens.accessLifetime);
  const foreign = foreignClaim({ ...connection, subject }, issued.idTokenClaims);
  const { version, depositedAt } = entry;
  const { clientId } = connection.registration;
  const about = { identityId, userId, connectionId: connection.id, version, depositedAt, clientId };
  const outcome = await saveRefreshed(deps, { ...about, traits, held, refreshed, foreign });
  measure(outcome);
  if (outcome === 'gone')
    await insisted(deps, target, 'the end of a grant whose identity has gone could not be queued yet', () =>
      deps.upstreamRevocations.enqueueTokens(target, refreshed),
    );
  const detail = {
    rotated: issued.refreshToken !== undefined,
    after_unfinished: unfinished !== undefined,
    outcome,
  };
  await record(deps, target, { type: 'token.refreshed', ...subjectOf(target), detail });
  if (foreign && outcome === 'saved') await record(deps, target, foreignEvent(target, foreign));
}

async function record(deps: RefreshDeps, target: RefreshTarget, event: Event): Promise<void> {
  await insisted(deps, target, 'a refresh could not be recorded yet', () => deps.events.record(event));
}

async function insisted(
  deps: RefreshDeps,
  { identityId }: RefreshTarget,
  trouble: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const say = (error: unknown) => deps.log.error({ err: error, identityId }, trouble);
  await retryUntilDone(work, say, whileProcessRuns(deps, identityId));
}

/** Shorter than the lease lasts, a second call included. False: this process ends, and the question is left to the next. */
async function rested({
  doubtPause: rest = doubtPause,
  inFlight: { ending },
}: RefreshDeps): Promise<boolean> {
  await pause(rest, undefined, { signal: ending, ref: false }).catch(() => undefined);
  return !ending.aborted;
}
