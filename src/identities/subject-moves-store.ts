import type { Prisma, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IdentityKey } from './identity-key.ts';
import type { SharedId } from './shared-id.ts';
import { keepSharedId } from './shared-id-store.ts';
import { moveIdentities } from './tagged-people-store.ts';

/** An identity as it was read, with its key. */
export interface KeyedIdentity extends IdentityKey {
  readonly id: string;
  readonly userId: string;
}

/** Gives an identity another key, when its account has another id at the provider than the stored one. */
export interface SubjectMoves {
  /** Returns false, with nothing changed, if the identity has changed since it was read or another one has the key. */
  move(transaction: Transaction, identity: KeyedIdentity, to: SubjectChange): Promise<boolean>;
}

export interface SubjectChange extends Pick<IdentityKey, 'issuer' | 'subject'> {
  /** The other ids that were proven together with the subject, and the shared one among them. */
  readonly alternates?: Readonly<Record<string, string>>;
  readonly shared?: SharedId | undefined;
}

export function createSubjectMoves(tags: RowTags): SubjectMoves {
  return {
    async move(transaction, { id, userId, connectionId, issuer, subject }, to) {
      // A concurrent insertion of the same key waits for the index, and fails after this transaction.
      const rows = await transaction.$queryRaw<Prisma.IdentityModel[]>`
        SELECT id, user_id AS "userId", connection_id AS "connectionId", issuer, subject, tag FROM identity
        WHERE id = ${id} AND user_id = ${userId} AND connection_id = ${connectionId} AND issuer = ${issuer}
          AND subject = ${subject} AND NOT EXISTS (SELECT 1 FROM identity AS known
            WHERE known.connection_id = ${connectionId} AND known.issuer = ${to.issuer} AND known.subject = ${to.subject})
        FOR UPDATE`;
      const moved = await moveIdentities(transaction, tags, {
        rows,
        to: { issuer: to.issuer, subject: to.subject },
      });
      if (moved !== 1) return false;
      const { alternates = {}, shared } = to;
      await transaction.$executeRaw`UPDATE identity SET alternates = alternates || ${JSON.stringify(alternates)}::jsonb
        WHERE id = ${id}`;
      if (shared) await keepSharedId(transaction, tags, { identityId: id, shared });
      return true;
    },
  };
}
