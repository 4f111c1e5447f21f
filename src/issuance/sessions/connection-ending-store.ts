import type { Database, Transaction } from '../../kit/database/database.ts';

/** The queue of connections whose sessions, grants and consents still have to end. */
export interface ConnectionEndingStore {
  /** Leases one for this process. */
  claim(): Promise<ClaimedEnding | undefined>;
  /** Extends the lease. */
  renew(ending: ClaimedEnding): Promise<void>;
  finish(ending: ClaimedEnding): Promise<void>;
}

export interface ConnectionEnding {
  readonly connectionId: string;
  readonly alias: string;
  /** False: the connection was removed, so consents and grants for it end too. */
  readonly sessionsOnly: boolean;
}

export interface ClaimedEnding extends ConnectionEnding {
  /** When the connection was removed or disabled. */
  readonly at: Date;
}

/** Queues the end, in the transaction that removes the connection, or in one of its own. */
export async function enqueueEnding(
  transaction: Pick<Transaction, '$executeRaw'>,
  { connectionId, alias, sessionsOnly }: ConnectionEnding,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO connection_ending (connection_id, alias, sessions_only, at)
    VALUES (${connectionId}, ${alias}, ${sessionsOnly}, clock_timestamp())
    ON CONFLICT (connection_id) DO UPDATE SET at = excluded.at, lease_until = NULL,
      sessions_only = connection_ending.sessions_only AND excluded.sessions_only`;
}

/** Longer than one batch takes. A process that has crashed loses its lease after that. */
const leaseSeconds = 120;

export function createConnectionEndingStore({ pool }: Pick<Database, 'pool'>): ConnectionEndingStore {
  return {
    async claim() {
      const { rows } = await pool.query<ClaimedEnding>(
        `UPDATE connection_ending SET lease_until = now() + make_interval(secs => $1)
         WHERE connection_id = (
           SELECT connection_id FROM connection_ending WHERE lease_until IS NULL OR lease_until < now()
           ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING connection_id AS "connectionId", alias, sessions_only AS "sessionsOnly", at`,
        [leaseSeconds],
      );
      return rows[0];
    },
    async renew({ connectionId, at }) {
      await pool.query(
        `UPDATE connection_ending SET lease_until = now() + make_interval(secs => $3)
         WHERE connection_id = $1 AND at = $2`,
        [connectionId, at, leaseSeconds],
      );
    },
    async finish({ connectionId, at }) {
      // Queued again in the meantime, it has a later time and stays.
      await pool.query('DELETE FROM connection_ending WHERE connection_id = $1 AND at = $2', [
        connectionId,
        at,
      ]);
    },
  };
}
