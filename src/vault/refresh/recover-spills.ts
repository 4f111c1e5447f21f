import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../../kit/clock.ts';
import type { Connection } from '../../login/connections.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import type { RefreshDeps } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { foreignEvent, saveOnce } from './save-once.ts';
import type { Spilled } from './spill.ts';

export interface SpillDeps extends RefreshDeps {
  readonly connections: () => Promise<readonly Connection[]>;
}

/** A start waits so long for what is saved now; what takes longer goes on beside it. */
const patience = seconds(5);

/** RecentSaves what an earlier process has left on disk. Returns how many token sets that are. */
export async function saveSpills(deps: SpillDeps): Promise<number> {
  const spilled = await deps.spill.all();
  const works = spilled.map((one) => {
    const { identityId } = one.result;
    // This process does not ask the provider for it meanwhile.
    return deps.inFlight.track(identityId, bring(deps, one)).catch((error: unknown) => {
      deps.log.error({ err: error, identityId }, 'a spilled token stays on disk until the next start');
    });
  });
  const enough = new AbortController();
  const tooLong = pause(patience, undefined, { signal: enough.signal, ref: false }).catch(() => undefined);
  await Promise.race([Promise.all(works), tooLong]);
  enough.abort();
  return spilled.length;
}

async function bring(deps: SpillDeps, { result, forget }: Spilled): Promise<void> {
  const { log } = deps;
  const { identityId } = result;
  const trouble = (error: unknown) =>
    log.error({ err: error, identityId }, 'a spilled token could not be saved yet');
  const outcome = await retryUntilDone(
    () => saveOnce(deps, result),
    trouble,
    whileProcessRuns(deps, identityId),
  );
  if (!outcome) return;
  if (outcome === 'gone') await letGo(deps, result);
  if (outcome === 'saved') await tellForeign(deps, result);
  log.warn({ identityId, outcome }, 'a spilled token was brought home');
  await forget();
}

// The person left while nothing could be saved: what the provider gave then has to be ended there too.
async function letGo(
  { connections, upstreamRevocations, log }: SpillDeps,
  { identityId, userId, connectionId, clientId, refreshed }: RefreshAnswer,
): Promise<void> {
  const connection = (await connections()).find(({ id }) => id === connectionId);
  if (connection)
    await upstreamRevocations.enqueueTokens({ identityId, userId, connection }, { ...refreshed, clientId });
  else log.error({ identityId, connectionId }, 'a spilled token cannot be ended: its connection has gone');
}

async function tellForeign(
  { connections, events }: SpillDeps,
  { identityId, userId, connectionId, foreign }: RefreshAnswer,
): Promise<void> {
  const connection = (await connections()).find(({ id }) => id === connectionId);
  if (foreign && connection) await events.record(foreignEvent({ identityId, userId, connection }, foreign));
}
