import type { Prisma, PrismaClient } from '../kit/database/database.ts';

export interface AttemptRow {
  readonly stateHash: string;
  readonly connectionId: string;
  readonly browserHash: string;
  readonly secrets: Uint8Array<ArrayBuffer>;
  readonly initiatingUserId: string | null;
  readonly resume: Prisma.InputJsonObject;
  readonly expiresAt: Date;
}

export type ConsumedRow = Prisma.LoginAttemptModel;

export interface AttemptStore {
  insert(row: AttemptRow): Promise<void>;
  /** Takes the attempt out, once, in one statement, and only for the browser and connection it belongs to. */
  consume(
    key: { stateHash: string; browserHash: string; connectionId: string },
    now: Date,
  ): Promise<ConsumedRow | undefined>;
  removeExpired(now: Date): Promise<number>;
  removeAll(): Promise<number>;
}

export function createAttemptStore(prisma: PrismaClient): AttemptStore {
  return {
    async insert(row) {
      await prisma.loginAttempt.create({ data: row });
    },
    async consume({ stateHash, browserHash, connectionId }, now) {
      const [row] = await prisma.$queryRaw<ConsumedRow[]>`
        DELETE FROM login_attempt
        WHERE state_hash = ${stateHash} AND browser_hash = ${browserHash} AND connection_id = ${connectionId}
        RETURNING state_hash AS "stateHash", connection_id AS "connectionId", browser_hash AS "browserHash", secrets,
          initiating_user_id AS "initiatingUserId", resume, created_at AS "createdAt", expires_at AS "expiresAt"`;
      return row && row.expiresAt > now ? row : undefined;
    },
    async removeExpired(now) {
      const { count } = await prisma.loginAttempt.deleteMany({ where: { expiresAt: { lte: now } } });
      return count;
    },
    removeAll: async () => (await prisma.loginAttempt.deleteMany()).count,
  };
}
