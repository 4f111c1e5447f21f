import { minutes, monotonic } from '../../kit/clock.ts';
import { createBatchedLookup } from '../../kit/database/batched-lookup.ts';
import { type Database, isUniqueViolation } from '../../kit/database/database.ts';

/** The DPoP proofs that were used, at all processes. */
export interface UsedProofStore {
  /** Returns true for exactly one caller. The id is 16 bytes in hexadecimal digits. */
  use(id: string): Promise<boolean>;
  /** Deletes those that are too old to be accepted again. */
  prune(): Promise<void>;
}

// A proof without a nonce is accepted for two minutes, and one with a nonce for five at most. The commit waits for no disk: a
// crash of PostgreSQL loses the rows of the last 0.6 s at most (three times `wal_writer_delay`).
const insert = `INSERT INTO used_proof (id, expires_at)
  SELECT id, statement_timestamp() + interval '6 minutes'
    FROM unnest($1::uuid[]) AS id, set_config('synchronous_commit', 'off', true)`;
/** Inserts all ids, or none if one of them is there. */
const insertAll = { name: 'used-proof-all', text: insert };
/** Inserts the new ids, and returns them. It takes PostgreSQL almost twice the time. */
const insertNew = { name: 'used-proof-new', text: `${insert} ON CONFLICT DO NOTHING RETURNING id` };

/** After a used proof, the statement for new ids only is sent for so long, so that repeated ones do not cost two statements. */
const wary = minutes(1);

/**
 * The inserts of all requests of one moment are one statement, and those that come while it runs are the next one. The
 * insert decides, so two processes accept a proof once.
 */
export function createUsedProofStore({ pool }: Pick<Database, 'pool'>): UsedProofStore {
  let waryUntil = 0;

  async function insertIds(ids: readonly string[]): Promise<readonly string[]> {
    // In order, so that two statements do not wait for each other.
    const values = [`{${[...ids].sort().join(',')}}`];
    if (monotonic() >= waryUntil) {
      try {
        await pool.query({ ...insertAll, values });
        return ids;
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        waryUntil = monotonic() + wary;
      }
    }
    const { rows } = await pool.query<{ id: string }>({ ...insertNew, values });
    return rows.map(({ id }) => id.replaceAll('-', ''));
  }

  const insertOne = createBatchedLookup<true>(
    async (ids) => new Map((await insertIds(ids)).map((id) => [id, true])),
    { inFlight: 1 },
  );
  /** The ids that a statement is being sent for: a batch has each once. */
  const inFlight = new Set<string>();
  return {
    async use(id) {
      if (inFlight.has(id)) return false;
      inFlight.add(id);
      try {
        return (await insertOne(id)) === true;
      } finally {
        inFlight.delete(id);
      }
    },
    async prune() {
      await pool.query('DELETE FROM used_proof WHERE expires_at < statement_timestamp()');
    },
  };
}
