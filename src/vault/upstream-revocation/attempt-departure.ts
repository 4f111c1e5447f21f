import { UpstreamError } from '../../connectors/contract/failures.ts';
import type { Upstream } from '../../connectors/engine/upstream.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import { type Keyring, UnreadableError } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import { isForeign } from '../refresh/decide.ts';
import { openTokens } from '../token-set.ts';
import type { DepartedUpstream } from './departed-upstream.ts';
import type { ClaimedDeparture } from './departure.ts';
import { holdBackUntil, nextAttempt } from './departure-retry.ts';
import type { DepartureStore, End } from './departure-store.ts';

export interface AttemptDeps {
  readonly store: DepartureStore;
  readonly upstreams: DepartedUpstream;
  /** Whether the account that the departure was of is held anew, for the same client of the same provider. */
  readonly isHeldAnew: (departure: ClaimedDeparture, upstream: Upstream) => Promise<boolean>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
}

/** Asks the provider once, with no database connection held, and notes what came of it. */
export async function attemptDeparture(deps: AttemptDeps, departure: ClaimedDeparture): Promise<void> {
  let state: Exclude<End['state'], 'pending' | 'gave_up'>;
  try {
    state = await ask(deps, departure);
  } catch (error) {
    await noteFailure(deps, departure, error);
    return;
  }
  await finish(deps, departure, { state, error: null });
}

class UnknownUpstreamError extends Error {
  override readonly name = 'UnknownUpstreamError';
}

/** RFC 7009 section 2.1: a client ends its own tokens only, and an answer of 200 to another means nothing. */
class OtherClientError extends Error {
  override readonly name = 'OtherClientError';

  constructor() {
    super('the tokens were issued to a client id that the connection no longer has');
  }
}

async function ask(
  { upstreams, isHeldAnew, keyring }: AttemptDeps,
  departure: ClaimedDeparture,
): Promise<'revoked' | 'unsupported' | 'superseded'> {
  const { connectionId, subject, accessExpiresAt } = departure;
  const upstream = await upstreams.find(connectionId);
  if (!upstream) throw new UnknownUpstreamError(`nothing is known of connection ${connectionId}`);
  if (isForeign(departure, upstream.registration.clientId)) throw new OtherClientError();
  // Many providers end all that a person gave this client, and so the grant given since.
  if (await isHeldAnew(departure, upstream)) return 'superseded';
  return await upstream.revoke({
    ...openTokens(keyring, departure),
    subject: subject ?? '',
    accessExpiresAt: accessExpiresAt ?? undefined,
  });
}

async function noteFailure(deps: AttemptDeps, departure: ClaimedDeparture, error: unknown): Promise<void> {
  const { store, clock, events, log } = deps;
  const trouble = troubleOf(error);
  // The lease ends by itself, and the next to look tries again.
  if (!trouble) throw error;
  const { code, retryAfter, hopeless, provider } = trouble;
  log.warn({ err: error, ...subjectOf(departure), attempts: departure.attempts }, 'could not revoke yet');
  const now = clock.now();
  const nextAt = hopeless
    ? undefined
    : nextAttempt(departure, { now, ...(retryAfter !== undefined && { retryAfter }) });
  if (!nextAt) return await finish(deps, departure, { state: 'gave_up', error: code });
  if (departure.attempts === 1) {
    const detail = { outcome: 'retrying', attempts: 1, error: code };
    await events.record({ type: 'token.revoked', ...subjectOf(departure), detail });
  }
  await store.postpone(departure, { error: code, nextAt });
  if (provider) await store.holdBack(departure.connectionId, holdBackUntil(now, retryAfter));
}

async function finish(
  { store, clock, events }: AttemptDeps,
  departure: ClaimedDeparture,
  { state, error }: Omit<End, 'now'>,
): Promise<void> {
  // Recorded first: after a crash in between it is told twice, but never not at all.
  const detail = { outcome: state, attempts: departure.attempts, error };
  await events.record({ type: 'token.revoked', ...subjectOf(departure), detail });
  await store.finish(departure, { state, error, now: clock.now() });
}

interface Trouble {
  /** A code of ours or the provider's, no text. */
  readonly code: string;
  readonly retryAfter?: number | undefined;
  /** Asking again cannot help. */
  readonly hopeless: boolean;
  /** The provider as a whole is in trouble. */
  readonly provider: boolean;
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof UnreadableError) return { code: 'unreadable', hopeless: false, provider: false };
  if (error instanceof UnknownUpstreamError)
    return { code: 'connection_unknown', hopeless: false, provider: false };
  if (error instanceof OtherClientError) return { code: 'client_changed', hopeless: false, provider: false };
  if (!(error instanceof UpstreamError)) return undefined;
  const { failure } = error;
  const reason = failure.kind === 'grant-dead' ? failure.reason : error.code;
  return {
    code: [failure.kind, reason].filter(Boolean).join(':'),
    retryAfter: 'retryAfter' in failure ? failure.retryAfter : undefined,
    // With a token that has run out nobody can end the grant any longer.
    hopeless: failure.kind === 'grant-dead',
    provider: failure.kind === 'unavailable' || failure.kind === 'rate-limited',
  };
}

function subjectOf({ userId, identityId, connection }: ClaimedDeparture) {
  return { userId, identityId, connection };
}
