import pg from 'pg';
import { seconds } from '../clock.ts';
import { endWhenUnanswered } from './statement-timeout.ts';
import { clampTimestamps } from './timestamp-range.ts';

// Every connection to PostgreSQL is made here, so that every session is alike: what server, database, role and shell
// have set decides neither what our statements mean nor how their answers read. Prisma's adapter, for one, reads and
// writes every moment as if the session's time zone were UTC, and the dates it reads as if their style were ISO.

export interface SessionConfig extends pg.ClientConfig {
  readonly connectionString: string;
  /** Where unqualified names lead. Unset: where the role's own `search_path` does. */
  readonly schema?: string | undefined;
  /** Milliseconds for which a statement may go without an answer before its connection ends; unset: for ever. */
  readonly longest?: number | undefined;
}

/**
 * Ends by the server what we no longer wait for: without, statements that wait for a lock take one connection after the
 * other, since each is asked again on another one. Where nothing is said, a role's own limit does not end a migration.
 */
function limits(longest: number | undefined): Readonly<Record<string, string>> {
  if (longest === undefined) return { statement_timeout: '0' };
  return {
    statement_timeout: String(longest),
    lock_timeout: String(Math.min(longest, lockPatience)),
    idle_in_transaction_session_timeout: String(longest),
    client_connection_check_interval: '2s',
  };
}

/** Less than a request waits, so that it is told of the lock and keeps its connection. */
const lockPatience = 1_500;
/** A connection on which nothing is said may have died without a word. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: seconds(10) };

/** PgBouncer follows the first four from client to client in transaction mode; the others only keep us from surprises. */
const settings: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  default_transaction_isolation: 'read committed',
};

/** A connection whose session is set up when `connect` is done, also as the pool's (`Client` of its options). */
export class SessionClient extends pg.Client {
  readonly #schema: string | undefined;
  readonly #longest: number | undefined;

  constructor(config: SessionConfig) {
    super({ ...keepAlive, types: clampTimestamps(pg.types), ...config });
    const ask = this.query.bind(this) as (...args: unknown[]) => unknown;
    Object.assign(this, { query: (asked: unknown, ...rest: unknown[]) => ask(withReadable(asked), ...rest) });
    // pg takes an empty setting for none, and then PGOPTIONS and PGREPLICATION, which PgBouncer refuses.
    const [, query = ''] = config.connectionString.split('?');
    const options = new URLSearchParams(query).get('options') ?? undefined;
    const { connectionParameters } = this as unknown as { connectionParameters: object };
    Object.assign(connectionParameters, { options, replication: undefined });
    this.#schema = config.schema;
    this.#longest = config.longest;
    if (config.longest !== undefined) endWhenUnanswered(this, config.longest);
    // A connection may end while it is set up, or checked out between two statements, when nothing else listens; the
    // next statement on it fails by itself.
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error | null) => void): void;
  override connect(callback?: (error: Error | null) => void): Promise<pg.Client> | undefined {
    const connected = this.#connect();
    if (!callback) return connected;
    connected.then(
      () => callback(null),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  async #connect(): Promise<pg.Client> {
    await super.connect();
    try {
      await this.#setUp();
    } catch (error) {
      // The pool forgets a client that did not connect.
      this.end().catch(() => undefined);
      throw error;
    }
    return this;
  }

  async #setUp(): Promise<void> {
    const path = this.#schema === undefined ? {} : { search_path: pg.escapeIdentifier(this.#schema) };
    const wanted = { ...settings, ...limits(this.#longest), ...path };
    // Not every system that PostgreSQL runs on can tell whether a client has gone, nor could version 13.
    await this.query(
      `SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)
       WHERE name <> 'client_connection_check_interval'
         OR version() ~ 'linux' AND current_setting('server_version_num')::int >= 140000`,
      [Object.keys(wanted), Object.values(wanted)],
    );
  }
}

/** Prisma's adapter brings parsers of its own with each statement. */
function withReadable(asked: unknown): unknown {
  if (asked === null || typeof asked !== 'object' || !('types' in asked) || 'submit' in asked) return asked;
  return asked.types ? { ...asked, types: clampTimestamps(asked.types as pg.CustomTypesConfig) } : asked;
}

/** To a server of our own: what the shell has set for others (PGSSLMODE, PGSSLNEGOTIATION) is not meant for it. */
export const withoutTls: pg.ClientConfig = { ssl: false, sslnegotiation: 'postgres' };

/** A pool of such connections. */
export function createSessionPool(config: SessionConfig & pg.PoolConfig): pg.Pool {
  return new pg.Pool({ ...config, Client: SessionClient } as object);
}
