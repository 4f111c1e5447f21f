import type { IdentityRemovals } from '../identities/identity-removals-store.ts';
import type { MergeObjection, MistakenIdentities, MistakenPair } from '../identities/mistaken-store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Connection } from '../login/connections.ts';
import type { EntryMoves } from '../vault/entry-moves.ts';
import type { OffboardingDeps, RemovalDeps } from './ports.ts';

export interface MergeMistakenDeps
  extends Pick<RemovalDeps, 'database' | 'ownerMoves' | 'events'>,
    Pick<OffboardingDeps, 'issuance' | 'accountSessions'> {
  readonly identityRemovals: IdentityRemovals;
  readonly mistaken: MistakenIdentities;
  readonly entryMoves: EntryMoves;
  readonly clock: Clock;
}

/** `busy`: a refresh of the tokens is under way or was not finished. */
export type MergeOutcome = 'merged' | 'same_user' | 'busy' | MergeObjection;

/**
 * Returns the merge of an imported user with the user whom the same person became by a sign-in. The person's own identity stays,
 * and the imported one of the same account is deleted; its tokens stay if the other has none or dead ones. No provider grant
 * ends, since both identities may have tokens of one grant.
 */
export function createMergeMistaken(deps: MergeMistakenDeps) {
  const { database, identityRemovals, mistaken, entryMoves, ownerMoves, events, clock } = deps;

  async function rows(pair: MistakenPair, connection: Connection): Promise<MergeOutcome> {
    const { wrong, right } = pair;
    const { userId: from } = wrong;
    const { userId: into } = right;
    return await database.prisma.$transaction(async (transaction) => {
      const objection = await mistaken.lock(transaction, pair);
      if (objection) return objection;
      const moving = { from: wrong.id, to: right, connection, now: clock.now() };
      if ((await entryMoves.move(transaction, moving)) === 'busy') return 'busy';
      if (from === into) {
        await identityRemovals.remove(transaction, [wrong.id]);
        return 'same_user';
      }
      await mistaken.moveOthers(transaction, pair);
      await ownerMoves.follow(transaction, { userId: into }, ([, ...identity]) => [from, ...identity]);
      // The imported identity goes with its user.
      if (!(await identityRemovals.removeUser(transaction, from)))
        throw new Error(`no user ${from} any more`);
      return 'merged';
    });
  }

  return async (pair: MistakenPair, connection: Connection): Promise<MergeOutcome> => {
    const { wrong, right } = pair;
    const outcome = await rows(pair, connection);
    if (outcome === 'same_user') {
      const { userId, id: identityId } = wrong;
      const changes = { subject: { from: wrong.subject, to: right.subject } };
      await events.record({
        type: 'identity.rekeyed',
        userId,
        identityId,
        detail: { changes, same_as: right.id },
      });
    }
    if (outcome === 'merged') {
      const { userId: from } = wrong;
      const detail = { from, reason: 'an import had stored an account of this person under another id' };
      await events.record({ type: 'user.merged', userId: right.userId, detail });
      await deps.issuance.eraseUser(from);
      // Undefined: no session is spared.
      await deps.accountSessions.endOthers(from, undefined);
    }
    return outcome;
  };
}
