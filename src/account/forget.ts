import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { Problem } from '../kit/problem.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { PartWith } from './part-with.ts';

/** Deletes all that came from one account; a user who has nothing else to sign in with, ever, goes with it. */
export type Forget = (whom: { readonly userId: string; readonly identityId: string }) => Promise<void>;

export interface ForgetDeps {
  readonly identities: Pick<Identities, 'removeUser'>;
  readonly issuance: Pick<Issuance, 'eraseUser'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'runSoon'>;
  readonly partWith: PartWith;
}

export function createForget({ identities, issuance, upstreamRevocations, partWith }: ForgetDeps): Forget {
  return async ({ userId, identityId }) => {
    try {
      await partWith({ userId, identityId, switchedOffCounts: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // It was gone already, or this user cannot come back without it, whatever is switched on again.
      if (error.code === 'identity_not_found') return;
      if (error.code !== 'last_identity') throw error;
      await issuance.eraseUser(userId);
      await identities.removeUser(userId);
      upstreamRevocations.runSoon();
    }
  };
}
