import type { Database } from '../kit/database/database.ts';
import type { IssuerMoves } from '../login/issuer-change.ts';

/** Moves identities to a corrected issuer. An identity stays if its subject exists under the new issuer already. */
export function createIssuerMoves({ prisma }: Database): IssuerMoves {
  return {
    count: (connectionId, issuers) =>
      prisma.identity.count({ where: { connectionId, issuer: { in: [...issuers] } } }),
    move: (transaction, connectionId, { from, to }) =>
      transaction.$executeRaw`UPDATE identity AS i SET issuer = ${to} WHERE connection_id = ${connectionId}
        AND issuer = ${from} AND NOT EXISTS (SELECT 1 FROM identity AS known WHERE known.connection_id = i.connection_id
          AND known.issuer = ${to} AND known.subject = i.subject)`,
  };
}
