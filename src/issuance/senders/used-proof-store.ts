import { createBatchedLookup } from '../../kit/database/batched-lookup.ts';
import type { Database } from '../../kit/database/database.ts';

/** The DPoP proofs that were used, at all processes. */
export interface UsedProofStore {
  /** Returns true for exactly one caller. The id is 16 bytes in hexadecimal digits. */
  use(id: string): Promise<boolean>;
  /** Deletes those that are too old to be accepted again. */
  prune(): Promise<void>;
}

// A proof without a nonce is accepted for two minutes, and one with a nonce for five at most.
const useStatement = {
  name: 'used-proof-use',
  text: `INSERT INTO used_proof (id, expires_at) SELECT id, statement_timestamp() + interval '6 minutes'
    FROM unnest($1::uuid[]) AS id ON CONFLICT DO NOTHING RETURNING id`,
};

/** The inserts of all requests of one moment are one statement. The insert decides, so two processes accept a proof once. */
export function createUsedProofStore({ pool }: Pick<Database, 'pool'>): UsedProofStore {
  // The ids are in order, so that two statements do not wait for each other.
  const insert = createBatchedLookup<true>(async (ids) => {
    const { rows } = await pool.query<{ id: string }>({ ...useStatement, values: [[...ids].sort()] });
    return new Map(rows.map(({ id }) => [id.replaceAll('-', ''), true]));
  });
  /** The ids that a statement is being sent for: a batch has each once. */
  const inFlight = new Set<string>();
  return {
    async use(id) {
      if (inFlight.has(id)) return false;
      inFlight.add(id);
      try {
        return (await insert(id)) === true;
      } finally {
        inFlight.delete(id);
      }
    },
    async prune() {
      await pool.query('DELETE FROM used_proof WHERE expires_at < statement_timestamp()');
    },
  };
}
