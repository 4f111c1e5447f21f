import { Problem } from '../kit/problem.ts';
import type { IdentityOfUser, OffboardingDeps } from './ports.ts';
import type { Unlinking } from './unlink-identity.ts';

export interface EraseAccountDeps extends OffboardingDeps {
  readonly unlinkIdentity: (unlinking: Unlinking) => Promise<unknown>;
}

/**
 * Returns the use case of a provider that asks for the deletion of an account's data. The identity is unlinked. A user who
 * has no other identity to sign in with is erased; an identity at a disabled connection counts as one, and one that
 * no sign-in has confirmed.
 */
export function createEraseAccount(deps: EraseAccountDeps): (identity: IdentityOfUser) => Promise<void> {
  const { unlinkIdentity, removals, issuance, accountSessions, upstreamRevocations } = deps;
  return async ({ userId, identityId }) => {
    try {
      await unlinkIdentity({ userId, identityId, dormantCounts: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // An earlier request has unlinked the identity.
      if (error.code === 'identity_not_found') return;
      if (error.code !== 'last_identity') throw error;
      await issuance.eraseUser(userId);
      await removals.eraseUser(userId);
      // Undefined: no session is spared.
      await accountSessions.endOthers(userId, undefined);
      // The provider waits for the answer to its request, so the attempts run in the background.
      upstreamRevocations.runSoon();
    }
  };
}
