import type { Prisma, PrismaClient } from '../kit/database/database.ts';
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

export type ConsumedLoginAttempt = Prisma.LoginAttemptModel;

export interface LoginAttemptStore {
  insert(row: LoginAttemptRow): Promise<void>;
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

export function createLoginAttemptStore(prisma: PrismaClient, tags: RowTags): LoginAttemptStore {
  return {
    async insert(row) {
      await prisma.loginAttempt.create({ data: { ...row, tag: tags.tag(taggedLoginAttempts, row) } });
    },
    async consume({ stateHash, browserHash, connectionId }, now) {
      const [row] = await prisma.$queryRaw<ConsumedLoginAttempt[]>`
        DELETE FROM login_attempt
        WHERE state_hash = ${stateHash} AND browser_hash = ${browserHash} AND connection_id = ${connectionId}
        RETURNING state_hash AS "stateHash", connection_id AS "connectionId", browser_hash AS "browserHash", secrets,
          initiating_user_id AS "initiatingUserId", resume, created_at AS "createdAt", expires_at AS "expiresAt", tag`;
      return row && row.expiresAt > now && tags.believes(taggedLoginAttempts, row) ? row : undefined;
    },
    async removeExpired(now) {
      const { count } = await prisma.loginAttempt.deleteMany({ where: { expiresAt: { lte: now } } });
      return count;
    },
    removeAll: async () => (await prisma.loginAttempt.deleteMany()).count,
  };
}
