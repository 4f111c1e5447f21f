import type { Events } from '../kit/events/events.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import type { Caller, Permitted } from './permission.ts';
import type { Rates } from './rates.ts';

export interface RateLimitDeps {
  readonly rates: Pick<Rates, 'take'>;
  readonly events: Events;
}

/** Enforces the rate limit of the app's policy, per identity. @throws Problem too_many_requests */
export async function enforceRateLimit(
  { rates, events }: RateLimitDeps,
  { clientId: appId, userId }: Caller,
  { identity, connection, policy }: Permitted,
): Promise<void> {
  if (!policy.rate) return;
  const wait = await rates.take({ appId, identityId: identity.id }, policy.rate);
  if (!wait) return;
  // One event per process and window: an app may be refused very often.
  if (wait.first) {
    const about = { userId, appId, connection: connection.alias, identityId: identity.id };
    await events.record({ type: 'token.refused', ...about, detail: { why: 'rate' } });
  }
  throw new Problem('too_many_requests', {
    detail: 'The policy of this app does not allow it to ask so often.',
    headers: retryAfter(wait.retryAfter),
  });
}
