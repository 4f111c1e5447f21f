import type { Database } from '../../kit/database/database.ts';
import { inBatches } from '../../kit/database/in-batches.ts';

/** Deletes the artifacts that have ended. */
export interface EndedArtifactsStore {
  /** Deletes the sealed responses of the refresh tokens that were consumed before. The tokens stay, to detect reuse. */
  dropResponses(before: Date): Promise<void>;
  prune(now: Date): Promise<void>;
}

// A grant that is extended meanwhile has to stay, so the end is compared where the row is locked. A grant whose code was
// never redeemed has issued nothing, and goes with the code.
const pruneStatement = `WITH gone AS (
    DELETE FROM artifact WHERE ctid = ANY (ARRAY
      (SELECT ctid FROM artifact WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
    RETURNING kind, id_hash, grant_id, consumed_at),
  unused AS (
    DELETE FROM artifact AS held USING gone
      WHERE gone.kind IN ('AuthorizationCode', 'DeviceCode') AND gone.consumed_at IS NULL
        AND held.kind = 'Grant' AND held.grant_id = gone.grant_id AND NOT EXISTS
          (SELECT 1 FROM artifact AS other WHERE other.grant_id = gone.grant_id AND other.kind <> 'Grant'
            AND (other.kind, other.id_hash) <> (gone.kind, gone.id_hash)))
  SELECT count(*)::int AS count FROM gone`;

const dropResponsesStatement = `UPDATE artifact SET successor = NULL WHERE ctid = ANY (ARRAY
  (SELECT ctid FROM artifact WHERE successor IS NOT NULL AND consumed_at < $1 ORDER BY consumed_at LIMIT $2
    FOR UPDATE SKIP LOCKED))`;

const batch = 5_000;

export function createEndedArtifactsStore({ pool }: Pick<Database, 'pool'>): EndedArtifactsStore {
  return {
    async dropResponses(before) {
      await inBatches(
        batch,
        async (size) => (await pool.query(dropResponsesStatement, [before, size])).rowCount ?? 0,
      );
    },
    async prune(now) {
      await inBatches(batch, async (size) => {
        const { rows } = await pool.query<{ count: number }>(pruneStatement, [now, size]);
        return rows[0]?.count ?? 0;
      });
    },
  };
}
