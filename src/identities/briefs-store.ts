import { createBatchedLookup, matching } from '../kit/database/batched-lookup.ts';
import type { Database, Prisma } from '../kit/database/database.ts';
import { createHeardRows, type HeardRows } from '../kit/database/heard-rows.ts';
import { confirmedOnly } from './unconfirmed.ts';

/** The few columns of an identity that a retrieval needs. */
export type IdentityBrief = Pick<Prisma.IdentityModel, 'id' | 'userId' | 'connectionId' | 'subject' | 'name'>;

export interface Briefs {
  /** Reads the confirmed identities with few columns. Concurrent reads share one statement. */
  briefsOfUser(userId: string): Promise<readonly IdentityBrief[]>;
  /** Returns the same if they are in the cache and proven to be current. Does not read the table. */
  knownBriefs(userId: string): Promise<readonly IdentityBrief[] | undefined>;
  /** Returns the same, if that is proven already. */
  peekBriefs(userId: string): readonly IdentityBrief[] | undefined;
  /** The cache of what was read, to be told of changes. */
  readonly cachedBriefs: Pick<HeardRows<readonly IdentityBrief[]>, 'changed' | 'clear'>;
}

/** Bytes that a process keeps: the identities of 20,000 to 30,000 people. */
const mostCached = 12 * 1024 * 1024;
/** Bytes of a person's place in the cache, and of each of their identities. */
const [placeSize, briefSize] = [200, 250];

export function createBriefs({ pool, heard }: Pick<Database, 'pool' | 'heard'>): Briefs {
  const rows = createHeardRows<readonly IdentityBrief[]>({
    heard,
    tables: ['identity', 'user'],
    read: createBatchedLookup(async (userIds) => {
      const { where, values, suffix } = matching(userIds);
      const text = `SELECT id, user_id AS "userId", connection_id AS "connectionId", subject, name FROM identity
        WHERE user_id ${where} AND ${confirmedOnly} ORDER BY linked_at, id`;
      const query = { name: `identity-brief${suffix}`, text, values: [...values] };
      return Map.groupBy((await pool.query<IdentityBrief>(query)).rows, ({ userId }) => userId);
    }),
    maxBytes: mostCached,
    sizeOf: (mine) => placeSize + briefSize * mine.length,
  });
  return {
    briefsOfUser: async (userId) => (await rows.find(userId)) ?? [],
    knownBriefs: rows.known,
    peekBriefs: rows.peek,
    cachedBriefs: rows,
  };
}
