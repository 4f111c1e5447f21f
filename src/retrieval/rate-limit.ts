import { Problem, retryAfter } from '../kit/problem.ts';
import { appOf, type Caller, type Permitted } from './permission.ts';
import type { Rates } from './rates.ts';
import type { Refusals } from './refusals.ts';

export interface RateLimitDeps {
  readonly rates: Pick<Rates, 'take'>;
  readonly refusals: Refusals;
}

/** Enforces the rate limit of the app's policy, per identity. @throws Problem too_many_requests */
export async function enforceRateLimit(
  { rates, refusals }: RateLimitDeps,
  caller: Caller,
  { identity, connection, policy }: Permitted,
): Promise<void> {
  if (!policy.rate) return;
  const { userId, clientId, onBehalf } = caller;
  // All apps on whose behalf an API acts share the limit of its policy.
  const limited = onBehalf?.api ?? clientId;
  const retryAfterMs = await rates.take({ appId: limited, identityId: identity.id }, policy.rate);
  if (retryAfterMs === undefined) return;
  const refusal = new Problem('too_many_requests', {
    detail: 'The policy of this app does not allow it to ask so often.',
    headers: retryAfter(retryAfterMs),
  });
  const about = { userId, appId: appOf(caller), connection: connection.alias, identityId: identity.id };
  refusals.note(refusal, { ...about, why: 'rate' });
  throw refusal;
}
