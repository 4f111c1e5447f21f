import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import { grantHolders } from './grant-holders.ts';
import type { OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/** Returns the transaction: the user is deleted with all identities, whose grants are queued for revocation. */
export function createRemoveUser(deps: RemovalDeps): Removals['eraseUser'] {
  const { database, connections, identityRemovals, upstreamRevocations, forgetNames, events } = deps;
  return async (userId, reason) => {
    if (!isPlain(userId)) throw new Problem('not_found');
    const allConnections = await connections.all();
    await database.prisma.$transaction(async (transaction) => {
      await identityRemovals.lockUser(transaction, userId);
      const identities = await identityRemovals.lockOfUser(transaction, userId);
      await upstreamRevocations.enqueue(transaction, grantHolders(identities, allConnections));
      await forgetNames(transaction, await identityRemovals.namesOf(transaction, userId));
      if (!(await identityRemovals.removeUser(transaction, userId))) throw new Problem('not_found');
    });
    await events.record({
      type: 'user.deleted',
      userId,
      ...(reason !== undefined && { detail: { reason } }),
    });
  };
}

/** Returns the use case of an operator who erases a person. It waits up to 2.5 s for the providers. */
export function createEraseUser(deps: OffboardingDeps): (userId: string, reason?: string) => Promise<void> {
  const { removals, issuance, accountSessions, upstreamRevocations } = deps;
  return async (userId, reason) => {
    // The broker's own tokens end first, so that no app acts for a user who is gone.
    await issuance.eraseUser(userId);
    await removals.eraseUser(userId, reason);
    // Undefined: no session is spared.
    await accountSessions.endOthers(userId, undefined);
    await upstreamRevocations.attemptNow({ userId });
  };
}
