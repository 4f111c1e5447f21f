import { createCache } from '../../kit/cache.ts';
import { hours, minutes } from '../../kit/clock.ts';
import type { Entry } from '../entry.ts';
import type { FreshResult } from './fresh-result.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';

// A connection got another client id, and an entry's tokens were issued to the one before. The provider is not asked: what
// it says of another client's tokens is no verdict, and nothing of it is noted in the entry, so that the former client
// id, put back, finds everything as it was.

/** A mistake is put right sooner. */
const settled = hours(1);
/** So often an alarm is worth repeating. */
const alarmEvery = minutes(10);

export type OtherClientAnswer = (target: RefreshTarget, entry: Entry) => Promise<FreshResult>;

/**
 * The answer to an app about such an entry: until a person has signed in with the new client id, the id may be mistyped,
 * which is the connection's trouble. After the first such sign-in, or an hour, the person has to authorise again.
 */
export function createOtherClientAnswer({ store, clock, events }: RefreshDeps): OtherClientAnswer {
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
    const forGood =
      now.getTime() - changedAt.getTime() > settled ||
      (await store.isClientProven(id, registration.clientId));
    if (forGood) {
      const since = accessExpiresAt && accessExpiresAt < now ? accessExpiresAt : changedAt;
      return { kind: 'reauthorization_required', reason: 'not_refreshable', since };
    }
    await alarm(target);
    return { kind: 'provider_error', step: 'refresh' };
  };
}
