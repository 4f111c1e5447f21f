import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, seconds } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { EntryStore } from '../entry-store.ts';
import type { TokenKeyring } from '../token-keyring.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { type Saved, saveOnce } from './save-once.ts';
import type { Spill } from './spill.ts';

export interface SaveDeps {
  readonly store: EntryStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly spill: Spill;
  /** Called with the version of the save. */
  readonly onVersion?: (version: number) => void;
  /** Milliseconds after which a set that is not saved is spilled; default one second. */
  readonly spillAfter?: number;
  readonly inFlight: Pick<InFlight, 'ending' | 'stopping' | 'markStalled'>;
  readonly reachability: Pick<Reachability, 'onBack'>;
}

/** Longer than a save takes. Until then a kill would lose the rotated token. */
const defaultSpillAfter = seconds(1);
/** The pause before a folder that could not be written is tried again. */
const diskPause = seconds(1);

/**
 * Saves a refreshed set, and retries until the database accepts it. Meanwhile this process does not ask the provider, which
 * would take the old refresh token for a stolen one. A set that is not saved within a second, or when the process stops,
 * is also spilled to disk, in case this process ends. No set is ever dropped.
 * @throws UnreadableError when the stored set is sealed with a missing key; the new set stays on disk
 */
export async function saveRefreshed(deps: SaveDeps, result: RefreshAnswer): Promise<Saved> {
  const { log, inFlight } = deps;
  const { identityId } = result;
  const saved = new AbortController();
  const givenUp = new AbortController();
  const spilled = spillUnlessSaved(deps, result, saved.signal);
  // The process may end once the set is on disk.
  const giveUp = () => void spilled.then(() => givenUp.abort());
  inFlight.ending.addEventListener('abort', giveUp);
  if (inFlight.ending.aborted) giveUp();
  const logError = (error: unknown) =>
    log.error({ err: error, identityId }, 'a refreshed token could not be saved yet');
  try {
    const outcome = await retryUntilDone(() => saveOnce(deps, result), logError, {
      ...whileProcessRuns(deps, identityId),
      until: givenUp.signal,
    });
    if (!outcome) return 'spilled';
    saved.abort();
    const remove = await spilled;
    await remove?.();
    return outcome;
  } catch (error) {
    // The stored set is sealed with a key that is missing here. A start with the key saves the spilled set.
    await spilled;
    throw error;
  } finally {
    saved.abort();
    inFlight.ending.removeEventListener('abort', giveUp);
  }
}

/** Spills the set unless it is saved first. Returns the function that removes the file, or undefined. */
async function spillUnlessSaved(
  { log, spill, spillAfter = defaultSpillAfter, inFlight }: SaveDeps,
  result: RefreshAnswer,
  saved: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const { identityId } = result;
  const soon = AbortSignal.any([saved, inFlight.stopping]);
  await pause(spillAfter, undefined, { signal: soon }).catch(() => undefined);
  // A process that stops may still save in the next moment, and then needs no file.
  if (inFlight.stopping.aborted) await pause(50, undefined, { signal: saved }).catch(() => undefined);
  while (!saved.aborted) {
    try {
      const remove = await spill.keep(result);
      if (inFlight.stopping.aborted)
        log.warn({ identityId }, 'the process stops: a refreshed token is on disk too until it is saved');
      else log.error({ identityId }, 'a refreshed token was spilled to disk: the database does not take it');
      return remove;
    } catch (error) {
      log.fatal(
        { err: error, identityId },
        'DATA_DIR: a refreshed token is in memory only: neither the database takes it nor can its folder be written',
      );
    }
    await pause(diskPause, undefined, { signal: saved }).catch(() => undefined);
  }
  return undefined;
}
