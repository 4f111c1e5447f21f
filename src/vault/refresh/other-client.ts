import { createCache } from '../../kit/cache.ts';
import { hours, minutes } from '../../kit/clock.ts';
import type { Entry } from '../entry.ts';
import type { FreshResult } from './fresh-result.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';

// A connection got another client id, and an entry's tokens were issued to the earlier one. The provider is not asked,
// since its refusal would say nothing about the grant. The entry stays as it is, so it works again with the earlier
// client id.

/** Milliseconds. A mistyped client id is corrected sooner than this. */
const longestMistake = hours(1);
/** Milliseconds. The least interval between two alarms about a connection. */
const alarmEvery = minutes(10);

export type OtherClientAnswer = (target: RefreshTarget, entry: Entry) => Promise<FreshResult>;

/**
 * Returns the answer to an app about such an entry. The new client id may be mistyped until a person has signed in with it,
 * so the answer is an error of the connection. After that sign-in, or an hour, the person has to authorize again.
 */
export function createOtherClientAnswer({ store, clock, events }: RefreshDeps): OtherClientAnswer {
  /** The aliases of connections for which the event was recorded lately. */
  const alarmed = createCache<true>({ max: 1_000, expiry: { ttl: alarmEvery, clock } });

  async function alarm(target: RefreshTarget): Promise<void> {
    const { connection } = subjectOf(target);
    if (alarmed.has(connection)) return;
    alarmed.set(connection, true);
    const detail = { failure: 'misconfigured', code: 'client_changed', status: null };
    await events.record({ type: 'connection.misconfigured', connection, detail });
  }

  return async (target, { accessExpiresAt }) => {
    const { id, changedAt, registration } = target.connection;
    const now = clock.now();
    const intended =
      now.getTime() - changedAt.getTime() > longestMistake ||
      (await store.isClientProven(id, registration.clientId));
    if (intended) {
      const since = accessExpiresAt && accessExpiresAt < now ? accessExpiresAt : changedAt;
      return { kind: 'reauthorization_required', reason: 'not_refreshable', since };
    }
    await alarm(target);
    return { kind: 'provider_error', step: 'refresh' };
  };
}
