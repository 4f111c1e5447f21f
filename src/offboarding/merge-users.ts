import { spacesOf } from '../identities/shared-id.ts';
import { isPlain } from '../kit/plain-text.ts';
import { Problem } from '../kit/problem.ts';
import type { MergedUsers, OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/** Returns the transaction: all identities of one user move to another, and the first user is deleted. No grant ends. */
export function createMergeRows(deps: RemovalDeps): Removals['mergeUsers'] {
  const { database, connections, identityRemovals, events } = deps;
  return async ({ into, from }) => {
    const spaces = spacesOf(await connections.all());
    const merged =
      isPlain(into) &&
      isPlain(from) &&
      (await database.prisma.$transaction((transaction) =>
        identityRemovals.merge(transaction, { into, from }, spaces),
      ));
    if (!merged)
      throw new Problem('conflict', {
        detail: 'These are not two active users who a provider says are one person.',
      });
    await events.record({ type: 'user.merged', userId: into, detail: { from } });
  };
}

/** Returns the use case. The broker's tokens and sessions of the deleted user end. */
export function createMergeUsers(deps: OffboardingDeps): (users: MergedUsers) => Promise<void> {
  const { removals, issuance, accountSessions } = deps;
  return async ({ into, from }) => {
    await removals.mergeUsers({ into, from });
    await issuance.eraseUser(from);
    // Undefined: no session is spared.
    await accountSessions.endOthers(from, undefined);
  };
}
