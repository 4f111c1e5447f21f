import { spacesOf } from '../identities/shared-id.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { MergedUsers, OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/**
 * Returns the transaction with its event: all identities of one user move to another, and the first user is deleted. No
 * provider grant ends, since the vault's entries move with their identities and are sealed for the new owner.
 */
export function createMergeRows(deps: RemovalDeps): Removals['mergeUsers'] {
  const { database, connections, identityRemovals, ownerMoves, events } = deps;
  return async ({ into, from, reason }) => {
    // By connection, the namespace in which a provider gives a person one id: two connections of one provider account share
    // one. The merge requires that both users have the same id in a namespace.
    const spaces = spacesOf(await connections.all());
    // PostgreSQL refuses NUL and unpaired surrogates, which no user id contains.
    const merged =
      isPlain(into) &&
      isPlain(from) &&
      (await database.prisma.$transaction(async (transaction) => {
        const done = await identityRemovals.merge(transaction, { into, from }, spaces);
        if (done)
          await ownerMoves.follow(transaction, { userId: into }, ([, ...identity]) => [from, ...identity]);
        return done;
      }));
    if (!merged)
      throw new Problem('conflict', {
        detail: 'These are not two active users who a provider says are one person.',
      });
    // After the commit, as all events of removals: what is recorded has happened.
    await events.record({
      type: 'user.merged',
      userId: into,
      detail: { from, ...(reason !== undefined && { reason }) },
    });
  };
}

/** Returns the use case. The broker's tokens and sessions of the deleted user end. */
export function createMergeUsers(deps: OffboardingDeps): (users: MergedUsers) => Promise<void> {
  const { removals, issuance, accountSessions } = deps;
  return async ({ into, from, reason }) => {
    await removals.mergeUsers({ into, from, reason });
    await issuance.eraseUser(from);
    // Undefined: no session is spared.
    await accountSessions.endOthers(from, undefined);
  };
}
