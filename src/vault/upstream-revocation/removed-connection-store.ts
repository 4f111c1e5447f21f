import type pg from 'pg';
import type { PrismaClient, Transaction } from '../../kit/database/database.ts';

/** The sealed registrations of removed connections. A queued revocation needs one to reach its provider. */
export interface RemovedConnectionStore {
  /** Writes the registration, in the transaction that removes the connection if one is given. */
  keep(kept: SealedConnection, transaction?: Transaction): Promise<void>;
  find(connectionId: string): Promise<Uint8Array | undefined>;
  /** Deletes the registrations that no pending revocation needs. */
  prune(): Promise<void>;
}

export interface SealedConnection {
  readonly connectionId: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly removedAt: Date;
}

export function createRemovedConnectionStore({
  prisma,
  pool,
}: {
  prisma: PrismaClient;
  pool: pg.Pool;
}): RemovedConnectionStore {
  return {
    async keep({ connectionId, sealed, removedAt }, transaction) {
      await (transaction ?? prisma).removedConnection.createMany({
        data: [{ connectionId, sealed, removedAt }],
        skipDuplicates: true,
      });
    },
    async find(connectionId) {
      const kept = await prisma.removedConnection.findUnique({ where: { connectionId } });
      return kept?.sealed;
    },
    async prune() {
      await pool.query(
        `DELETE FROM departed_connection kept WHERE NOT EXISTS (
           SELECT FROM departure WHERE connection_id = kept.connection_id AND state = 'pending')`,
      );
    },
  };
}
