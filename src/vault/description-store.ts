import type pg from 'pg';
import { isForeignKeyViolation } from '../kit/database/database.ts';

/** The facts of entries that lists across people read, beside what is sealed. SQL: pages, and one statement for many rows. */
export interface DescriptionStore {
  /**
   * Returns the next entries whose set was saved by a version of the broker that did not describe it, in the order of
   * their ids.
   */
  undescribed(after: string, limit: number): Promise<readonly string[]>;
  /** A set that was saved meanwhile keeps its own description. Returns the number of entries described. */
  describe(entries: readonly Description[]): Promise<number>;
  /** Makes the entries of a connection undescribed, among the next `limit` entries. Returns the last of those. */
  forget(connectionId: string, after: string, limit: number): Promise<string | undefined>;
  /** Returns the traits for which entries were described, by connection id. */
  traits(): Promise<ReadonlyMap<string, DescribedTraits>>;
  noteTraits(connectionId: string, traits: DescribedTraits): Promise<void>;
}

export interface Description {
  readonly identityId: string;
  readonly version: number;
  readonly endsAt: Date | null;
  readonly origins: string | null;
}

export interface DescribedTraits {
  readonly live: boolean;
  /** When the entries are gone through once more. */
  readonly againAt: Date | null;
}

export function createDescriptionStore(pool: pg.Pool): DescriptionStore {
  return {
    async undescribed(after, limit) {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT identity_id AS id FROM vault_entry WHERE described_version IS DISTINCT FROM version AND identity_id > $1
         ORDER BY identity_id LIMIT $2`,
        [after, limit],
      );
      return rows.map(({ id }) => id);
    },
    async describe(entries) {
      const column = <Value>(of: (entry: Description) => Value) => entries.map(of);
      const { rowCount } = await pool.query(
        `UPDATE vault_entry e SET ends_at = d.ends_at, origins = d.origins, described_version = d.version
         FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[]) AS d (id, version, ends_at, origins)
         WHERE e.identity_id = d.id AND e.version = d.version`,
        [
          column(({ identityId }) => identityId),
          column(({ version }) => version),
          column(({ endsAt }) => endsAt),
          column(({ origins }) => origins),
        ],
      );
      return rowCount ?? 0;
    },
    async forget(connectionId, after, limit) {
      const { rows } = await pool.query<{ last: string | null }>(
        `WITH page AS (SELECT identity_id AS id FROM vault_entry WHERE identity_id > $2 ORDER BY identity_id LIMIT $3),
         forgotten AS (UPDATE vault_entry e SET described_version = NULL FROM page
           WHERE e.identity_id = page.id AND e.connection_id = $1)
         SELECT max(id) AS last FROM page`,
        [connectionId, after, limit],
      );
      return rows[0]?.last ?? undefined;
    },
    async traits() {
      const { rows } = await pool.query<DescribedTraits & { id: string }>(
        'SELECT connection_id AS id, live, again_at AS "againAt" FROM described_traits',
      );
      return new Map(rows.map(({ id, ...traits }) => [id, traits]));
    },
    async noteTraits(connectionId, { live, againAt }) {
      const text = `INSERT INTO described_traits (connection_id, live, again_at) VALUES ($1, $2, $3)
        ON CONFLICT (connection_id) DO UPDATE SET live = EXCLUDED.live, again_at = EXCLUDED.again_at`;
      await pool.query(text, [connectionId, live, againAt]).catch((error: unknown) => {
        // The connection has just been removed.
        if (!isForeignKeyViolation(error)) throw error;
      });
    },
  };
}
