import type { Failure, UpstreamError } from '../../connectors/contract/failures.ts';
import type { RefreshTraits } from '../../connectors/contract/refresh-traits.ts';
import { after, minutes, seconds } from '../../kit/clock.ts';
import type { Entry } from '../entry.ts';
import { dropRefreshToken } from './drop-refresh-token.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';
import { longDoubtPause, verdictOf } from './verdict.ts';

export interface FailedRefresh {
  readonly entry: Entry;
  /** Whether an earlier try with the same token set has no saved answer. */
  readonly unfinished: boolean;
  readonly error: UpstreamError;
  /** Whether the provider was asked twice, with a pause, since it refuses living grants like this too. */
  readonly again?: boolean;
  /** Milliseconds until the provider's answer. The events name them, which also tells that a refresh found it out. */
  readonly ms?: number;
}

/**
 * Notes a failed refresh in the entry. The entry is dead only if the provider says so; else it is retried later. Returns
 * whether an access token is left that may be valid without the refused refresh token.
 */
export async function noteFailure(
  deps: RefreshDeps,
  target: RefreshTarget,
  failed: FailedRefresh,
): Promise<boolean> {
  const { failure, code } = failed.error;
  const took = failed.ms === undefined ? {} : { ms: failed.ms };
  const { identityId, userId, connection } = target;
  const subject = { identityId, userId, connection: connection.alias };
  // The `last_error` of the entry, e.g. `grant-dead:invalid_grant`.
  const note = [failure.kind, code].filter(Boolean).join(':');
  deps.log.warn({ err: failed.error, ...subject, failure: failure.kind }, 'refresh failed');
  const traits = connection.connector.refresh;
  const verdict = verdictOf(failed.entry, failed.error, {
    ...{ traits, now: deps.clock.now() },
    again: failed.again ?? false,
  });
  if (verdict === 'doubt' || verdict === 'alive') {
    await tryLater(deps, subject, { ...failed, note });
    return false;
  }
  // After a try without a saved answer, a refusal means that the provider rotated then and the new token is lost. A
  // gateway may also send an error page after the provider behind it has rotated.
  const doubtful = failed.unfinished || failed.entry.inDoubt;
  const reason = doubtful && rotates(traits) ? 'rotation_lost' : verdict.dead;
  const logError = (error: unknown) => {
    deps.log.error({ err: error, ...subject }, 'a refusal could not be noted yet');
  };
  const { step, status = null } = failed.error;
  if (step === 'refresh' && (await dropRefreshToken(deps, target, failed.entry))) {
    const detail = {
      failure: failure.kind,
      code: code ?? null,
      status,
      dropped: 'refresh_token',
      version: failed.entry.version + 1,
      ...took,
    };
    await retryUntilDone(
      () => deps.events.record({ type: 'token.refresh_failed', ...subject, detail }),
      logError,
      whileProcessRuns(deps, identityId),
    );
    return true;
  }
  // By version: if another process has rotated meanwhile, the stored set is not the refused one.
  const { version } = failed.entry;
  const retryOptions = whileProcessRuns(deps, identityId);
  const death = { reason, error: note, words: failed.error.said() };
  const died = await retryUntilDone(
    () => deps.store.markDead(identityId, version, death),
    logError,
    retryOptions,
  );
  const event = { type: 'token.reauthorization_required', ...subject, detail: { reason, ...took } } as const;
  if (died) await retryUntilDone(() => deps.events.record(event), logError, retryOptions);
  return false;
}

/** Returns whether a refresh makes the old refresh token worthless. */
export function rotates({ rotation }: RefreshTraits): boolean {
  return rotation === 'single-use' || rotation === 'reuse-kills-family';
}

/** Notes a failure that ends no grant, with the time of the next try. */
async function tryLater(
  { store, events, clock }: RefreshDeps,
  subject: { readonly identityId: string; readonly userId: string; readonly connection: string },
  { entry, unfinished, error, note, ms }: FailedRefresh & { readonly note: string },
): Promise<void> {
  const { failure, code = null, status, refused } = error;
  const now = clock.now();
  const isDoubted = failure.kind === 'grant-dead';
  await store.markFailed(subject.identityId, entry.version, {
    error: note,
    // A refusal that has to be confirmed is repeated soon.
    retryAt: after(now, isDoubted ? longDoubtPause : coolDown(failure, entry.failures)),
    // Without a clear answer the provider may have rotated. A plain refusal means that it has not.
    inDoubt:
      !refused && (failure.kind === 'unavailable' || failure.kind === 'unknown') && code !== 'circuit_open',
    // The journal row of an earlier unanswered try stays.
    answered: status !== undefined && !unfinished,
    refused: refused ? { at: now, words: error.said() } : undefined,
  });
  const detail = { failure: failure.kind, code, status: status ?? null };
  const took = ms === undefined ? {} : { ms };
  await events.record({ type: 'token.refresh_failed', ...subject, detail: { ...detail, ...took } });
  if (failure.kind === 'misconfigured') {
    await events.record({ type: 'connection.misconfigured', connection: subject.connection, detail });
  }
}

/** Returns the milliseconds until the next try: doubling from 1 s to 5 min, or longer if the provider asks for it. */
function coolDown(failure: Failure, failuresBefore: number): number {
  const doubling = Math.min(minutes(5), seconds(2 ** Math.min(failuresBefore, 10)));
  const asked = 'retryAfter' in failure && failure.retryAfter !== undefined ? seconds(failure.retryAfter) : 0;
  return Math.max(doubling, asked);
}
