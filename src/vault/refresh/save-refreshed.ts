import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, seconds } from '../../kit/clock.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import type { EntryStore } from '../entry-store.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { type Saved, saveOnce } from './save-once.ts';
import type { Spill } from './spill.ts';

export interface SaveDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly spill: Spill;
  /** Milliseconds after which what is not saved is kept on disk too; one second unless told. */
  readonly spillAfter?: number;
  readonly inFlight: Pick<InFlight, 'ending' | 'leaving' | 'hold'>;
  readonly reachability: Pick<Reachability, 'onBack'>;
}

/** Longer than a save takes. Until then a kill would cost the grant. */
const stumble = seconds(1);
/** Until a folder that could not be written is tried again. */
const diskPause = seconds(1);

/**
 * RecentSaves before anything else, and tries until it is taken: this process does not ask the provider meanwhile, which would take the
 * old refresh token for a stolen one. A set that is not saved within a second of the provider's answer, or when the process takes
 * leave, is kept on disk too, whatever the database is doing, in case this process ends. It is never dropped.
 */
export async function saveRefreshed(deps: SaveDeps, result: RefreshAnswer): Promise<Saved> {
  const { log, inFlight } = deps;
  const { identityId } = result;
  const saved = new AbortController();
  const given = new AbortController();
  const onDisk = keepOnDisk(deps, result, saved.signal);
  // The process may end when it is on disk.
  const giveUp = () => void onDisk.then(() => given.abort());
  inFlight.ending.addEventListener('abort', giveUp);
  if (inFlight.ending.aborted) giveUp();
  const trouble = (error: unknown) =>
    log.error({ err: error, identityId }, 'a refreshed token could not be saved yet');
  try {
    const outcome = await retryUntilDone(() => saveOnce(deps, result), trouble, {
      ...whileProcessRuns(deps, identityId),
      until: given.signal,
    });
    if (!outcome) return 'spilled';
    saved.abort();
    const forget = await onDisk;
    await forget?.();
    return outcome;
  } catch (error) {
    // The set in its place is sealed with a key that is missing here: a start with the key brings it home.
    await onDisk;
    throw error;
  } finally {
    saved.abort();
    inFlight.ending.removeEventListener('abort', giveUp);
  }
}

/** Returns the way to forget it; undefined when it was saved before. */
async function keepOnDisk(
  { log, spill, spillAfter = stumble, inFlight }: SaveDeps,
  result: RefreshAnswer,
  saved: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const { identityId } = result;
  const soon = AbortSignal.any([saved, inFlight.leaving]);
  await pause(spillAfter, undefined, { signal: soon }).catch(() => undefined);
  // Taking leave is no trouble by itself: what is about to be saved needs no file.
  if (inFlight.leaving.aborted) await pause(50, undefined, { signal: saved }).catch(() => undefined);
  while (!saved.aborted) {
    try {
      const forget = await spill.keep(result);
      log.error({ identityId }, 'a refreshed token was spilled to disk: the database does not take it');
      return forget;
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
