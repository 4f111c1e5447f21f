import type { KeyedIdentity, SubjectChange, SubjectMoves } from '../identities/subject-moves-store.ts';
import { type Database, isUniqueViolation } from '../kit/database/database.ts';
import type { Events } from '../kit/events/events.ts';
import type { OwnerMoves } from '../vault/owner-moves.ts';

export interface RekeyDeps {
  readonly database: Pick<Database, 'prisma'>;
  readonly subjectMoves: SubjectMoves;
  readonly ownerMoves: OwnerMoves;
  readonly events: Events;
}

/**
 * Returns the change of an identity's key: its tokens are sealed for the new key in the same transaction. The change returns
 * false if the identity has changed since it was read, or another identity has the key.
 */
export function createRekey({ database, subjectMoves, ownerMoves, events }: RekeyDeps) {
  return async (identity: KeyedIdentity, to: SubjectChange): Promise<boolean> => {
    const { id: identityId, userId, issuer, subject } = identity;
    const moved = await database.prisma
      .$transaction(async (transaction) => {
        if (!(await subjectMoves.move(transaction, identity, to))) return false;
        await ownerMoves.follow(transaction, { identityId }, ([owner, connectionId]) => [
          owner,
          connectionId,
          issuer,
          subject,
        ]);
        return true;
      })
      .catch((error: unknown) => {
        if (isUniqueViolation(error)) return false;
        throw error;
      });
    const changes = {
      subject: { from: subject, to: to.subject },
      ...(issuer !== to.issuer && { issuer: { from: issuer, to: to.issuer } }),
    };
    if (moved) await events.record({ type: 'identity.rekeyed', userId, identityId, detail: { changes } });
    return moved;
  };
}

export type Rekey = ReturnType<typeof createRekey>;
