import { setTimeout as pause } from 'node:timers/promises';
import type { TokenSet } from '../connectors/contract.ts';
import { type Failure, UpstreamError } from '../connectors/failures.ts';
import { after, type Clock, minutes, seconds } from '../kit/clock.ts';
import type { Events } from '../kit/events.ts';
import type { Keyring } from '../kit/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { Connection } from '../login/connections.ts';
import type { Entry } from './entry.ts';
import type { EntryStore, Leased } from './entry-store.ts';
import { type Holding, holdingOf, openHolding, sealHolding } from './holding.ts';
import { mergeRefreshed, sameRefreshToken } from './merge.ts';

export interface RefreshDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** Names this process in leases and intents. */
  readonly owner: string;
}

export interface RefreshTarget {
  readonly identityId: string;
  readonly userId: string;
  readonly connection: Connection;
}

/**
 * One refresh under the lease: journal, ask the provider with no database connection held, save before anything
 * else, judge a failure. @throws UpstreamError after it has been noted.
 */
export async function refreshUnderLease(
  deps: RefreshDeps,
  target: RefreshTarget,
  leased: Leased,
): Promise<void> {
  const { store, keyring } = deps;
  const { identityId, connection } = target;
  const { entry, unfinished } = leased;
  const held = openHolding(keyring, entry);
  // From here on nothing is cut short: the provider may already have rotated what we hold.
  await store.writeIntent(identityId, entry.version, deps.owner);
  let issued: TokenSet;
  try {
    issued = await connection.upstream.renew(held.tokens);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    await noteFailure(deps, target, { entry, unfinished, error });
    throw error;
  }
  await save(deps, target, { entry, held, issued });
  const detail = { rotated: issued.refreshToken !== undefined, after_unfinished: unfinished };
  await deps.events.record({ type: 'token.refreshed', ...subjectOf(target), detail });
}

function subjectOf({ identityId, userId, connection }: RefreshTarget) {
  return { identityId, userId, connection: connection.alias };
}

const savePauses = [50, 200, 500, 1000, 2000];

/** Saves by version; when a sign-in was saved meanwhile, our rotated token still takes its place in it. */
async function save(
  deps: RefreshDeps,
  { identityId, connection }: RefreshTarget,
  { entry, held, issued }: { entry: Entry; held: Holding; issued: TokenSet },
): Promise<void> {
  const { store, keyring, clock } = deps;
  const traits = connection.connector.refresh;
  const refreshed = holdingOf(issued, traits, clock.now());
  let current: Entry | undefined = entry;
  let base = held;
  for (let failures = 0; current; ) {
    const version = current.version + 1;
    const tokens = sealHolding(keyring, mergeRefreshed(base, refreshed), { identityId, version, traits });
    try {
      if (await store.supersede(identityId, current.version, { tokens, now: clock.now(), by: 'refresh' }))
        return;
      current = await store.find(identityId);
      if (!current) return;
      base = openHolding(keyring, current);
      // Another grant has come in place of the one we refreshed: it is newer, and ours is not missed.
      if (!sameRefreshToken(base, held)) return;
    } catch (error) {
      const wait = savePauses[failures];
      if (wait === undefined) throw error;
      failures += 1;
      deps.log.error({ err: error, identityId, failures }, 'a refreshed token could not be saved yet');
      await pause(wait);
    }
  }
}

async function noteFailure(
  deps: RefreshDeps,
  target: RefreshTarget,
  { entry, unfinished, error }: { entry: Entry; unfinished: boolean; error: UpstreamError },
): Promise<void> {
  const { store, events, clock, log } = deps;
  const { failure } = error;
  const subject = subjectOf(target);
  const note = [failure.kind, error.code].filter(Boolean).join(':');
  log.warn({ err: error, ...subject, failure: failure.kind }, 'refresh failed');
  if (failure.kind === 'grant-dead') {
    // Refused after a try whose answer was never saved: the provider rotated then, and the new token is lost.
    const rotates = /single-use|reuse-kills-family/.test(target.connection.connector.refresh.rotation);
    const reason = unfinished && rotates ? 'rotation_lost' : failure.reason;
    const died = await store.markDead(target.identityId, entry.version, { reason, error: note });
    if (died) await events.record({ type: 'token.reauthorization_required', ...subject, detail: { reason } });
    return;
  }
  // Whoever answered has not rotated; only where no answer came may a rotation be under way or lost.
  const answered = error.status !== undefined;
  if (answered && !unfinished) await store.clearIntent(target.identityId);
  const retryAt = after(clock.now(), coolDown(failure, entry.failures));
  await store.markFailed(target.identityId, { error: note, retryAt });
  const detail = { failure: failure.kind, code: error.code ?? null, status: error.status ?? null };
  await events.record({ type: 'token.refresh_failed', ...subject, detail });
  if (failure.kind === 'misconfigured') {
    await events.record({ type: 'connection.misconfigured', connection: subject.connection, detail });
  }
}

function coolDown(failure: Failure, failuresBefore: number): number {
  const doubling = Math.min(minutes(5), seconds(2 ** Math.min(failuresBefore, 10)));
  const asked = 'retryAfter' in failure && failure.retryAfter !== undefined ? seconds(failure.retryAfter) : 0;
  return Math.max(doubling, asked);
}
