import { Problem, retryAfter } from '../kit/problem.ts';
import type { RefreshOutcome } from '../vault/vault.ts';

/** Fails an admin's refresh with the same problem as a retrieval. @throws Problem */
export function requireRefreshed(outcome: RefreshOutcome): void {
  switch (outcome.kind) {
    case 'refreshed':
      return;
    case 'missing':
      throw new Problem('reauthorization_required', { members: { reason: 'not_refreshable', since: null } });
    case 'reauthorization_required':
      throw new Problem('reauthorization_required', {
        members: { reason: outcome.reason, since: outcome.since.toISOString() },
      });
    case 'too_soon':
      throw new Problem('too_many_requests', { headers: retryAfter(outcome.retryAfter) });
    case 'provider_unavailable':
      throw new Problem('provider_unavailable', { headers: retryAfter(outcome.retryAfter) });
    case 'provider_error':
      throw new Problem('provider_error', { members: { step: outcome.step } });
    case 'unreadable':
      // The entry was changed or its key is missing, which only an operator can mend.
      throw new Problem('unavailable', { headers: { 'Retry-After': '60' } });
  }
}
