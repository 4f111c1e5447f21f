import type pg from 'pg';
import type { KmsName } from './kms/kms.ts';

export interface StoredIntermediateKey {
  readonly id: string;
  readonly provider: KmsName;
  readonly kmsKey: string;
  readonly purpose: 'seal' | 'derive';
  readonly wrapped: Uint8Array;
  /** Seconds since its creation, by the database's clock. */
  readonly age: number;
  readonly retired: boolean;
}

type NewIntermediateKey = Pick<StoredIntermediateKey, 'id' | 'provider' | 'kmsKey' | 'purpose' | 'wrapped'>;

/** Reads return no abandoned key. */
export interface IntermediateKeyStore {
  /** Returns the newest first. */
  all(): Promise<readonly StoredIntermediateKey[]>;
  find(id: string): Promise<StoredIntermediateKey | undefined>;
  /** Returns how many keys of the provider ever had the purpose, abandoned ones included. */
  countEver(provider: KmsName, purpose: StoredIntermediateKey['purpose']): Promise<number>;
  /** Inserts a key, unless one has its id. */
  insert(key: NewIntermediateKey): Promise<void>;
  /** Replaces the wrapped bytes that were read. Returns false if they were replaced meanwhile. */
  rewrapped(
    read: StoredIntermediateKey,
    to: Pick<StoredIntermediateKey, 'kmsKey' | 'wrapped'>,
  ): Promise<boolean>;
  retire(id: string): Promise<void>;
  abandon(ids: readonly string[]): Promise<void>;
}

const columns = `id, provider, kms_key AS "kmsKey", purpose, wrapped, retired_at IS NOT NULL AS retired,
  extract(epoch FROM now() - created_at)::float8 AS age`;

export function createIntermediateKeyStore(pool: pg.Pool): IntermediateKeyStore {
  const read = async (where: string, values: readonly unknown[] = []) => {
    const text = `SELECT ${columns} FROM intermediate_key WHERE abandoned_at IS NULL ${where} ORDER BY created_at DESC, id`;
    return (await pool.query<StoredIntermediateKey>(text, [...values])).rows;
  };
  return {
    all: () => read(''),
    find: async (id) => (await read('AND id = $1', [id]))[0],
    async countEver(provider, purpose) {
      const text = 'SELECT count(*)::int AS n FROM intermediate_key WHERE provider = $1 AND purpose = $2';
      return (await pool.query<{ n: number }>(text, [provider, purpose])).rows[0]?.n ?? 0;
    },
    async insert({ id, provider, kmsKey, purpose, wrapped }) {
      const text = `INSERT INTO intermediate_key (id, provider, kms_key, purpose, wrapped)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`;
      await pool.query(text, [id, provider, kmsKey, purpose, wrapped]);
    },
    async rewrapped({ id, wrapped: was }, { kmsKey, wrapped }) {
      const text = `UPDATE intermediate_key SET kms_key = $3, wrapped = $4, wrapped_at = now()
        WHERE id = $1 AND wrapped = $2`;
      return (await pool.query(text, [id, was, kmsKey, wrapped])).rowCount === 1;
    },
    async retire(id) {
      await pool.query('UPDATE intermediate_key SET retired_at = coalesce(retired_at, now()) WHERE id = $1', [
        id,
      ]);
    },
    async abandon(ids) {
      const text = `UPDATE intermediate_key SET abandoned_at = now(), wrapped = '' WHERE id = ANY($1)`;
      await pool.query(text, [ids]);
    },
  };
}
