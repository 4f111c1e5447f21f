import type { Database, Prisma, Transaction } from '../kit/database/database.ts';
import type { RowTags } from '../kit/keys/row-tags.ts';
import type { IssuerMoves } from '../login/issuer-change.ts';
import { moveIdentities } from './tagged-people-store.ts';
import { unconfirmedIssuer } from './unconfirmed.ts';

/** Moves identities to a corrected issuer. An identity stays if its subject exists under the new issuer already. */
export function createIssuerMoves({ prisma }: Database, tags: RowTags): IssuerMoves {
  async function move(transaction: Transaction, connectionId: string, { from, to }: IssuerNames) {
    const rows = await transaction.$queryRaw<Prisma.IdentityModel[]>`
      SELECT id, user_id AS "userId", connection_id AS "connectionId", issuer, subject, tag FROM identity AS i
      WHERE connection_id = ${connectionId} AND issuer = ${from} AND NOT EXISTS (SELECT 1 FROM identity AS known
        WHERE known.connection_id = i.connection_id AND known.issuer = ${to} AND known.subject = i.subject)
      ORDER BY id FOR UPDATE`;
    return await moveIdentities(transaction, tags, { rows, to: { issuer: to } });
  }

  return {
    count: (connectionId, issuers) =>
      prisma.identity.count({
        where: { connectionId, issuer: { in: issuers.flatMap((one) => [one, unconfirmedIssuer(one)]) } },
      }),
    async move(transaction, connectionId, { from, to }) {
      const confirmed = await move(transaction, connectionId, { from, to });
      const names = { from: unconfirmedIssuer(from), to: unconfirmedIssuer(to) };
      return confirmed + (await move(transaction, connectionId, names));
    },
  };
}

interface IssuerNames {
  readonly from: string;
  readonly to: string;
}
