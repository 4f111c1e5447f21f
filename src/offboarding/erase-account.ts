import { Problem } from '../kit/problem.ts';
import type { IdentityOfUser, OffboardingDeps } from './ports.ts';
import type { Unlinking } from './unlink-identity.ts';

export interface EraseAccountDeps extends OffboardingDeps {
  readonly unlinkIdentity: (unlinking: Unlinking) => Promise<unknown>;
}

/**
 * Returns the use case of a provider that asks for the deletion of an account's data. The identity is unlinked. A user with
 * no other way to sign in, at a disabled connection neither, is erased.
 */
export function createEraseAccount(deps: EraseAccountDeps): (identity: IdentityOfUser) => Promise<void> {
  const { unlinkIdentity, removals, issuance, upstreamRevocations } = deps;
  return async ({ userId, identityId }) => {
    try {
      await unlinkIdentity({ userId, identityId, disabledCounts: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // It was unlinked before.
      if (error.code === 'identity_not_found') return;
      if (error.code !== 'last_identity') throw error;
      await issuance.eraseUser(userId);
      await removals.eraseUser(userId);
      // The provider waits for the answer to its request, so the attempts run in the background.
      upstreamRevocations.runSoon();
    }
  };
}
