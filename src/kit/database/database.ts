import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts';
import { seconds } from '../clock.ts';
import { NotReadyError } from '../readiness.ts';
import { retryConflicts } from './conflict-retry.ts';
import { createSessionPool, type SessionConfig, withoutTls } from './database-session.ts';
import { retireReadOnlySessions } from './read-only-sessions.ts';
import { limitRequests, requestTimeout } from './statement-timeout.ts';

export type { PrismaClient } from '../../generated/prisma/client.ts';
export { Prisma } from '../../generated/prisma/client.ts';

/** What is done with it is done together or not at all, also by another room that it is handed to. */
export type Transaction = Prisma.TransactionClient;

/** One pool: Prisma for the stores, the pool itself for the statements that want raw SQL. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** For a connection that keeps a session, which a transaction pooler in between would not: LISTEN. */
  readonly session: SessionConfig;
  /** Resolves when the server answers within the time given. @throws when it does not. */
  ping(milliseconds: number): Promise<void>;
  /** Resolves when the server answers and takes writes. @throws NotReadyError when it only reads. */
  requireWritable(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** The same database past a transaction pooler; `url` where there is none. */
  readonly directUrl?: string | undefined;
  readonly poolSize: number;
  /** Where the tables are; `public` unless told. */
  readonly schema?: string | undefined;
  /** The embedded server: the shell's settings for TLS are not meant for it. */
  readonly embedded?: boolean | undefined;
  /** Told of a connection lost while idle; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void;
  /** Milliseconds that a statement outside a request may take; `Infinity` for a command, which may take its time. */
  readonly longest?: number;
}

/** Nothing that the broker does in the background takes so long in one statement. */
const longestStatement = seconds(30);

export function createDatabase(options: DatabaseOptions): Database {
  const { url, directUrl = url, schema = 'public', poolSize, onIdleError } = options;
  const tls = options.embedded ? withoutTls : {};
  const pooled = directUrl !== url;
  const { longest = longestStatement } = options;
  const patience = Number.isFinite(longest) ? { longest } : {};
  const pool = createSessionPool({
    ...tls,
    connectionString: url,
    // A transaction pooler does not follow it from one server session to another; the role's own is asked for at start.
    schema: pooled ? undefined : schema,
    max: poolSize,
    connectionTimeoutMillis: requestTimeout,
    application_name: 'symbolon',
    ...patience,
  });
  pool.on('error', (error) => onIdleError?.(error));
  if (Number.isFinite(longest)) limitRequests(pool, longest);
  if (pooled) withoutStatementNames(pool);
  retryConflicts(pool);
  const retireSessions = retireReadOnlySessions(pool);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });

  return {
    prisma,
    pool,
    session: { ...tls, connectionString: directUrl, schema, application_name: 'symbolon' },
    async ping(milliseconds) {
      const tooLate = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds).unref();
      });
      await Promise.race([pool.query('SELECT 1'), tooLate]);
    },
    async requireWritable(milliseconds) {
      // So that a server that hangs does not keep the connection either.
      const asked = {
        text: `SELECT current_setting('transaction_read_only') AS reads`,
        query_timeout: milliseconds,
      };
      const { rows } = await pool.query<{ reads: string }>(asked);
      if (rows[0]?.reads !== 'on') return;
      retireSessions();
      throw new NotReadyError('the database only reads');
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Postgres's foreign_key_violation, from Prisma or a statement of the pool's. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === 'P2003';
  return error instanceof pg.DatabaseError && error.code === '23503';
}

/** Postgres's unique_violation, from a statement of the pool's or as Prisma names it. */
export function isUniqueViolation(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '23505';
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

/** A statement prepared by name lives in one session of the server, which a transaction pooler hands to others. */
function withoutStatementNames(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const unnamed = (config: unknown, ...rest: unknown[]) => {
    if (config === null || typeof config !== 'object' || !('name' in config)) return query(config, ...rest);
    const { name: _name, ...anonymous } = config;
    return query(anonymous, ...rest);
  };
  Object.assign(pool, { query: unnamed });
}
