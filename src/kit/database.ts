import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../generated/prisma/client.ts';

export type { PrismaClient } from '../generated/prisma/client.ts';
export { Prisma } from '../generated/prisma/client.ts';

/** One pool: Prisma for the stores, the pool itself for the statements that want raw SQL. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** Resolves when the server answers within the time given. @throws when it does not. */
  ping(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Told of a connection lost while idle; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void;
}

export function createDatabase({ url, poolSize, onIdleError }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: 'symbolon',
  });
  pool.on('error', (error) => onIdleError?.(error));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });

  return {
    prisma,
    pool,
    async ping(milliseconds) {
      const tooLate = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds).unref();
      });
      await Promise.race([pool.query('SELECT 1'), tooLate]);
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Postgres's unique_violation as Prisma names it. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
