import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../../kit/clock.ts';
import type { Connection } from '../../login/connections.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import type { RefreshDeps } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { saveOnce, wrongIdTokenEvent } from './save-once.ts';
import type { Spilled } from './spill.ts';

export interface SpillDeps extends RefreshDeps {
  readonly connections: () => Promise<readonly Connection[]>;
}

/** A start waits for this long. Saves that take longer continue in the background. */
const patience = seconds(5);

/** Saves the token sets that an earlier process has spilled to disk. Returns their number. */
export async function saveSpills(deps: SpillDeps): Promise<number> {
  const spilled = await deps.spill.all();
  const works = spilled.map((one) => {
    const { identityId } = one.result;
    // While it is in flight, this process does not refresh the entry.
    return deps.inFlight.track(identityId, saveSpill(deps, one)).catch((error: unknown) => {
      deps.log.error({ err: error, identityId }, 'a spilled token stays on disk until the next start');
    });
  });
  const done = new AbortController();
  const tooLong = pause(patience, undefined, { signal: done.signal, ref: false }).catch(() => undefined);
  await Promise.race([Promise.all(works), tooLong]);
  done.abort();
  return spilled.length;
}

/** Saves one spilled set, with retries while the process runs, and then deletes its file. */
async function saveSpill(deps: SpillDeps, { result, remove }: Spilled): Promise<void> {
  const { log } = deps;
  const { identityId } = result;
  const logError = (error: unknown) =>
    log.error({ err: error, identityId }, 'a spilled token could not be saved yet');
  const outcome = await retryUntilDone(
    () => saveOnce(deps, result),
    logError,
    whileProcessRuns(deps, identityId),
  );
  if (!outcome) return;
  if (outcome === 'gone') await revokeUpstream(deps, result);
  if (outcome === 'saved') await recordWrongIdToken(deps, result);
  log.warn({ identityId, outcome }, 'a spilled token was saved');
  await remove();
}

// The identity was unlinked while nothing could be saved, so the provider has to end this grant too.
async function revokeUpstream(
  { connections, upstreamRevocations, log }: SpillDeps,
  { identityId, userId, connectionId, clientId, refreshed }: RefreshAnswer,
): Promise<void> {
  const connection = (await connections()).find(({ id }) => id === connectionId);
  if (connection)
    await upstreamRevocations.enqueueTokens({ identityId, userId, connection }, { ...refreshed, clientId });
  else log.error({ identityId, connectionId }, 'a spilled token cannot be ended: its connection has gone');
}

async function recordWrongIdToken(
  { connections, events }: SpillDeps,
  { identityId, userId, connectionId, foreign }: RefreshAnswer,
): Promise<void> {
  const connection = (await connections()).find(({ id }) => id === connectionId);
  if (foreign && connection)
    await events.record(wrongIdTokenEvent({ identityId, userId, connection }, foreign));
}
