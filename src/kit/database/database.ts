import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { z } from 'zod';
import { Prisma, PrismaClient } from '../../generated/prisma/client.ts';
import { seconds } from '../clock.ts';
import { NotReadyError } from '../readiness.ts';
import { retryConflicts } from './conflict-retry.ts';
import { isDatabaseUnavailable } from './database-errors.ts';
import { createSessionPool, hostsOf, type SessionConfig, withoutTls } from './database-session.ts';
import { createHeardChanges, type HeardChanges } from './heard-changes.ts';
import { sessionName } from './older-process-store.ts';
import { retireReadOnlySessions } from './read-only-sessions.ts';
import { limitRequests, requestTimeout } from './statement-timeout.ts';

export type { PrismaClient } from '../../generated/prisma/client.ts';
export { Prisma } from '../../generated/prisma/client.ts';

/** A transaction. A room can pass it to another room, whose statements then commit or roll back with it. */
export type Transaction = Prisma.TransactionClient;

/**
 * The database of the process: one pool, with Prisma for the stores and the pool itself for raw SQL. This inner room owns
 * connections, sessions, timeouts, migrations, batched lookups, row caches and notifications. It knows no table but the
 * bookkeeping of migrations; each store of another room knows its own.
 */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** The settings for a connection that keeps its session (LISTEN), which a transaction pooler would not. */
  readonly session: SessionConfig;
  readonly heard: HeardChanges;
  /** Resolves when the server answers within `milliseconds`. @throws when it does not */
  ping(milliseconds: number): Promise<void>;
  /** Resolves when the server answers and accepts writes. @throws NotReadyError when it is read-only */
  requireWritable(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** The same database without a transaction pooler; default `url`. */
  readonly directUrl?: string | undefined;
  readonly poolSize: number;
  /** The schema of the tables; default `public`. */
  readonly schema?: string | undefined;
  /** True for the embedded server, which ignores the shell's settings for TLS. */
  readonly embedded?: boolean | undefined;
  /** Called when an idle connection was lost. The pool replaces it. */
  readonly onIdleError?: (error: Error) => void;
  /** The timeout of a statement outside a request, in milliseconds; `Infinity` for a command. */
  readonly longest?: number;
}

/** Milliseconds. Longer than any statement of the background jobs takes. */
const longestStatement = seconds(30);

export function createDatabase(options: DatabaseOptions): Database {
  const { url, directUrl = url, schema = 'public', poolSize, onIdleError } = options;
  const tls = options.embedded ? withoutTls : {};
  const behindPooler = directUrl !== url;
  const { longest = longestStatement } = options;
  const statementTimeout = Number.isFinite(longest) ? { longest } : {};
  const heard = createHeardChanges();
  const hosts = hostsOf({ ...tls, connectionString: url });
  const directHosts = behindPooler ? hostsOf({ ...tls, connectionString: directUrl }) : hosts;
  const pool = createSessionPool({
    ...tls,
    heard,
    connectionString: url,
    hosts,
    // A transaction pooler does not keep `search_path` per client. The start checks that of the role.
    schema: behindPooler ? undefined : schema,
    max: poolSize,
    connectionTimeoutMillis: requestTimeout,
    application_name: sessionName,
    ...statementTimeout,
  });
  pool.on('error', (error) => onIdleError?.(error));
  if (Number.isFinite(longest)) limitRequests(pool, longest);
  if (behindPooler) withoutStatementNames(pool);
  retryConflicts(pool);
  const retireSessions = retireReadOnlySessions(pool, () => hosts.doubt());
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });

  return {
    prisma,
    pool,
    heard,
    session: {
      ...tls,
      connectionString: directUrl,
      hosts: directHosts,
      schema,
      application_name: sessionName,
    },
    async ping(milliseconds) {
      const tooLate = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds).unref();
      });
      await Promise.race([pool.query('SELECT 1'), tooLate]);
    },
    async requireWritable(milliseconds) {
      // Closes the connection of an unresponsive server too.
      const query = {
        text: `SELECT current_setting('transaction_read_only') AS "readOnly"`,
        query_timeout: milliseconds,
      };
      const { rows } = await pool.query<{ readOnly: string }>(query);
      if (rows[0]?.readOnly !== 'on') return;
      retireSessions();
      throw new NotReadyError('the database only reads');
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** Returns whether it is foreign_key_violation, from Prisma or from raw SQL. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '23503';
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return (
    error.code === 'P2003' ||
    (error.code === 'P2010' && kindOf(error.meta) === 'ForeignKeyConstraintViolation')
  );
}

/** Returns whether it is unique_violation, from raw SQL or from Prisma. */
export function isUniqueViolation(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '23505';
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  return (
    error.code === 'P2002' || (error.code === 'P2010' && kindOf(error.meta) === 'UniqueConstraintViolation')
  );
}

/** Returns whether the server refuses the values of a statement, which another statement with other values would not have. */
export function isDataRefused(error: unknown): boolean {
  // SQLSTATE classes 22, data exception, and 23, integrity constraint violation.
  if (error instanceof pg.DatabaseError) return /^2[23]/.test(error.code ?? '');
  if (error instanceof Prisma.PrismaClientValidationError) return true;
  const known =
    error instanceof Prisma.PrismaClientKnownRequestError ||
    error instanceof Prisma.PrismaClientUnknownRequestError;
  return known && !isDatabaseUnavailable(error);
}

const adapterError = z.object({ driverAdapterError: z.object({ cause: z.object({ kind: z.string() }) }) });

/** Returns the driver adapter's name for the error of a raw statement. */
function kindOf(meta: unknown): string | undefined {
  return adapterError.safeParse(meta).data?.driverAdapterError.cause.kind;
}

/** A named prepared statement belongs to one server session, which a transaction pooler shares among clients. */
function withoutStatementNames(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const unnamed = (config: unknown, ...rest: unknown[]) => {
    if (config === null || typeof config !== 'object' || !('name' in config)) return query(config, ...rest);
    const { name: _name, ...anonymous } = config;
    return query(anonymous, ...rest);
  };
  Object.assign(pool, { query: unnamed });
}
