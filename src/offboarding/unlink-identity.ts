import { othersThan } from '../identities/unconfirmed.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { Connection } from '../login/connections.ts';
import type { RevocationOutcome } from '../vault/upstream-revocation/queued-revocation.ts';
import { grantHolders } from './grant-holders.ts';
import type { IdentityOfUser, LastIdentityRule, OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/** The request to unlink one identity of a user. */
export interface Unlinking extends IdentityOfUser, LastIdentityRule {
  /** The account-page session in which the person does this. This session stays open. */
  readonly sessionId?: string | undefined;
}

/** Returns the transaction: the identity is deleted and its grant queued for revocation, unless it is the last identity. */
export function createUnlink(deps: RemovalDeps): Removals['unlink'] {
  const { database, connections, identityRemovals, upstreamRevocations, events } = deps;
  return async ({ userId, identityId }, { dormantCounts = false, reason } = {}) => {
    if (!isPlain(userId)) throw new Problem('identity_not_found');
    const allConnections = await connections.all();
    const signsIn = ({ enabled, purpose }: Connection) => (enabled || dormantCounts) && purpose === 'login';
    const signInConnections = allConnections.filter(signsIn).map(({ id }) => id);
    await database.prisma.$transaction(async (transaction) => {
      await identityRemovals.lockUser(transaction, userId);
      const mine = await identityRemovals.ofUser(transaction, userId);
      const leaving = mine.find(({ id }) => id === identityId);
      if (!leaving) throw new Problem('identity_not_found');
      const staying = othersThan(leaving, mine, { unconfirmedCounts: dormantCounts });
      if (!staying.some(({ connectionId }) => signInConnections.includes(connectionId)))
        throw new Problem('last_identity');
      const identity = await identityRemovals.lock(transaction, identityId);
      await upstreamRevocations.enqueue(transaction, grantHolders(identity, allConnections));
      await identityRemovals.remove(transaction, [identityId]);
    });
    const detail = reason === undefined ? {} : { detail: { reason } };
    await events.record({ type: 'identity.unlinked', userId, identityId, ...detail });
  };
}

/** Returns the use case. It resolves to the outcome of the upstream revocation, as far as it is known after 2.5 s. */
export function createUnlinkIdentity(
  deps: OffboardingDeps,
): (unlinking: Unlinking) => Promise<RevocationOutcome> {
  const { removals, issuance, accountSessions, upstreamRevocations } = deps;
  return async ({ userId, identityId, sessionId, dormantCounts, reason }) => {
    await removals.unlink({ userId, identityId }, { dormantCounts, reason });
    // A person who signed in with this identity may have other sessions open.
    await issuance.revokeUser(userId);
    await accountSessions.endOthers(userId, sessionId);
    await upstreamRevocations.attemptNow({ identityId });
    return await upstreamRevocations.outcome(identityId);
  };
}
