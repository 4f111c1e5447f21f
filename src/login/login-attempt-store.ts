import type { Database, Prisma } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';

export interface LoginAttemptRow {
  readonly stateHash: string;
  readonly connectionId: string;
  /** The hash of the secret in the browser's cookie. */
  readonly browserHash: string;
  /** Sealed. */
  readonly secrets: Uint8Array<ArrayBuffer>;
  readonly initiatingUserId: string | null;
  readonly resume: Prisma.InputJsonObject;
  readonly expiresAt: Date;
}

export type ConsumedLoginAttempt = Prisma.LoginAttemptModel & {
  /** The connection as it was when the attempt was consumed. */
  readonly version: number;
  readonly enabled: boolean;
  readonly changedAt: Date;
};

/** The state of a connection that was read before, which the statement proves to be the present one. */
export type ConnectionState = Pick<ConsumedLoginAttempt, 'version' | 'enabled' | 'changedAt'>;

export interface LoginAttemptStore {
  /** Returns false if the connection has changed meanwhile. */
  insert(row: LoginAttemptRow, connection: ConnectionState): Promise<boolean>;
  /**
   * Deletes and returns the attempt in one statement, so that it is used once, by its own browser and
   * connection only.
   */
  consume(
    key: { stateHash: string; browserHash: string; connectionId: string },
    now: Date,
  ): Promise<ConsumedLoginAttempt | undefined>;
  removeExpired(now: Date): Promise<number>;
  removeAll(): Promise<number>;
}

/** The secrets are left out: they open only with the hash of this state. */
export const taggedLoginAttempts = {
  name: 'login_attempt',
  version: 1,
  key: ['stateHash'],
  columns: {
    stateHash: 'state_hash',
    connectionId: 'connection_id',
    browserHash: 'browser_hash',
    initiatingUserId: 'initiating_user_id',
    resume: 'resume',
  },
} as const satisfies TaggedTable<string>;

// Each sign-in runs both. Prisma takes longer to build them than PostgreSQL to answer.
const insertQuery = {
  name: 'login-attempt-insert',
  text: `INSERT INTO login_attempt (state_hash, connection_id, browser_hash, secrets, initiating_user_id, resume, expires_at, tag)
    SELECT $1, id, $3, $4, $5, $6, $7, $8 FROM connection WHERE id = $2 AND version = $9 AND enabled = $10 AND updated_at = $11`,
};
const consumeQuery = {
  name: 'login-attempt-consume',
  text: `DELETE FROM login_attempt a USING connection c
    WHERE state_hash = $1 AND browser_hash = $2 AND connection_id = $3 AND c.id = connection_id
    RETURNING state_hash AS "stateHash", connection_id AS "connectionId", browser_hash AS "browserHash", secrets,
      initiating_user_id AS "initiatingUserId", resume, a.created_at AS "createdAt", expires_at AS "expiresAt", a.tag,
      version, enabled, updated_at AS "changedAt"`,
};

export function createLoginAttemptStore(
  { prisma, pool }: Pick<Database, 'prisma' | 'pool'>,
  tags: RowTags,
): LoginAttemptStore {
  return {
    async insert(row, { version, enabled, changedAt }) {
      const { stateHash, connectionId, browserHash, secrets, initiatingUserId, resume, expiresAt } = row;
      const tag = tags.tag(taggedLoginAttempts, row);
      const columns = [stateHash, connectionId, browserHash, secrets, initiatingUserId];
      const values = [...columns, JSON.stringify(resume), expiresAt, tag, version, enabled, changedAt];
      return (await pool.query({ ...insertQuery, values })).rowCount === 1;
    },
    async consume({ stateHash, browserHash, connectionId }, now) {
      const values = [stateHash, browserHash, connectionId];
      const { rows } = await pool.query<ConsumedLoginAttempt>({ ...consumeQuery, values });
      const [row] = rows;
      return row && row.expiresAt > now && tags.believes(taggedLoginAttempts, row) ? row : undefined;
    },
    async removeExpired(now) {
      const { count } = await prisma.loginAttempt.deleteMany({ where: { expiresAt: { lte: now } } });
      return count;
    },
    removeAll: async () => (await prisma.loginAttempt.deleteMany()).count,
  };
}
