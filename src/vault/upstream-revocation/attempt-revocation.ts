import { UpstreamError } from '../../connectors/contract/failures.ts';
import { OriginChangedError } from '../../connectors/engine/destinations.ts';
import type { Upstream } from '../../connectors/engine/upstream.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import { openTokens } from '../entry-tokens.ts';
import { isOtherClients } from '../refresh/decide.ts';
import type { TokenKeyring } from '../token-keyring.ts';
import type { ClaimedRevocation } from './queued-revocation.ts';
import type { RemovedConnections } from './removed-connections.ts';
import { delayUntil, nextAttempt } from './retry-schedule.ts';
import type { End, RevocationQueueStore } from './revocation-queue-store.ts';

export interface AttemptDeps {
  readonly store: RevocationQueueStore;
  readonly removedConnections: Pick<RemovedConnections, 'upstreamOf'>;
  /** Resolves to true if the same account is linked again with a working grant for the same client. */
  readonly isRelinked: (revocation: ClaimedRevocation, upstream: Upstream) => Promise<boolean>;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
}

/** Asks the provider once, without holding a database connection, and writes the outcome to the queue. */
export async function attemptRevocation(deps: AttemptDeps, revocation: ClaimedRevocation): Promise<void> {
  let state: Exclude<End['state'], 'pending' | 'gave_up'>;
  try {
    state = await ask(deps, revocation);
  } catch (error) {
    await recordFailure(deps, revocation, error);
    return;
  }
  await finish(deps, revocation, { state, error: null });
}

class UnknownUpstreamError extends Error {
  override readonly name = 'UnknownUpstreamError';
}

/** RFC 7009 section 2.1: a client can revoke its own tokens only. A 200 to another client proves nothing. */
class OtherClientError extends Error {
  override readonly name = 'OtherClientError';

  constructor() {
    super('the tokens were issued to a client id that the connection no longer has');
  }
}

/** Asks the provider once. Returns the final state of the revocation. @throws UpstreamError and the errors above */
async function ask(
  { removedConnections, isRelinked, keyring }: AttemptDeps,
  revocation: ClaimedRevocation,
): Promise<'revoked' | 'unsupported' | 'superseded'> {
  const { connectionId, subject, accessExpiresAt } = revocation;
  const upstream = await removedConnections.upstreamOf(connectionId);
  if (!upstream) throw new UnknownUpstreamError(`nothing is known of connection ${connectionId}`);
  if (isOtherClients(revocation, upstream.registration.clientId)) throw new OtherClientError();
  // Many providers end every grant that the person gave this client, the newer one included.
  if (await isRelinked(revocation, upstream)) return 'superseded';
  return await upstream.revoke({
    ...openTokens(keyring, revocation),
    subject: subject ?? '',
    accessExpiresAt: accessExpiresAt ?? undefined,
  });
}

/** Postpones the revocation, or gives it up when no retry can succeed or three days have passed. */
async function recordFailure(
  deps: AttemptDeps,
  revocation: ClaimedRevocation,
  error: unknown,
): Promise<void> {
  const { store, clock, events, log } = deps;
  const failure = failureOf(error);
  // The lease expires, and the next run tries again.
  if (!failure) throw error;
  const { code, retryAfter, final, providerDown } = failure;
  log.warn({ err: error, ...subjectOf(revocation), attempts: revocation.attempts }, 'could not revoke yet');
  const now = clock.now();
  const nextAt = final
    ? undefined
    : nextAttempt(revocation, { now, ...(retryAfter !== undefined && { retryAfter }) });
  if (!nextAt) return await finish(deps, revocation, { state: 'gave_up', error: code });
  if (revocation.attempts === 1) {
    const detail = { outcome: 'retrying', attempts: 1, error: code };
    await events.record({ type: 'token.revoked', ...subjectOf(revocation), detail });
  }
  await store.postpone(revocation, { error: code, nextAt });
  if (providerDown) await store.delay(revocation.connectionId, delayUntil(now, retryAfter));
}

async function finish(
  { store, clock, events }: AttemptDeps,
  revocation: ClaimedRevocation,
  { state, error }: Omit<End, 'now'>,
): Promise<void> {
  // The event comes first: a crash in between repeats it, but never loses it.
  const detail = { outcome: state, attempts: revocation.attempts, error };
  await events.record({ type: 'token.revoked', ...subjectOf(revocation), detail });
  await store.finish(revocation, { state, error, now: clock.now() });
}

interface RevocationFailure {
  /** A code of the broker or the provider, never free text. */
  readonly code: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** A retry cannot succeed. */
  readonly final: boolean;
  /** The provider fails for every request, so other revocations of the connection wait too. */
  readonly providerDown: boolean;
}

/** Returns undefined for an unexpected error, e.g. of the database. */
function failureOf(error: unknown): RevocationFailure | undefined {
  if (error instanceof UnreadableError) return { code: 'unreadable', final: false, providerDown: false };
  if (error instanceof UnknownUpstreamError)
    return { code: 'connection_unknown', final: false, providerDown: false };
  if (error instanceof OriginChangedError)
    return { code: 'origin_changed', final: false, providerDown: false };
  if (error instanceof OtherClientError) return { code: 'client_changed', final: false, providerDown: false };
  if (!(error instanceof UpstreamError)) return undefined;
  const { failure } = error;
  const reason = failure.kind === 'grant-dead' ? failure.reason : error.code;
  return {
    code: [failure.kind, reason].filter(Boolean).join(':'),
    retryAfter: 'retryAfter' in failure ? failure.retryAfter : undefined,
    // An expired token cannot end the grant.
    final: failure.kind === 'grant-dead',
    providerDown: failure.kind === 'unavailable' || failure.kind === 'rate-limited',
  };
}

function subjectOf({ userId, identityId, connection }: ClaimedRevocation) {
  return { userId, identityId, connection };
}
