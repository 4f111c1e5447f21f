import { isIP, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { seconds } from '../clock.ts';
import { createDatabaseHosts, type DatabaseHost, type DatabaseHosts, readHosts } from './database-hosts.ts';
import type { HeardChanges } from './heard-changes.ts';
import { noteWrites } from './note-writes.ts';
import { endWhenUnanswered } from './statement-timeout.ts';
import { clampTimestamps } from './timestamp-range.ts';

// Every connection to PostgreSQL is made here, so that all sessions are alike. Settings of the server, database, role
// or shell must not change the meaning of our statements or results. Prisma's adapter, for one, reads and writes each
// timestamp as if the session's time zone were UTC, and expects the date style ISO.

export interface SessionConfig extends pg.ClientConfig {
  /** It may name several hosts. */
  readonly connectionString: string;
  /** What is known of these hosts, shared by all connections; absent: the connection asks for itself. */
  readonly hosts?: DatabaseHosts | undefined;
  /** The schema of unqualified names. Unset: the role's own `search_path`. */
  readonly schema?: string | undefined;
  /** Milliseconds until the connection of an unanswered statement is closed; unset: never. */
  readonly longest?: number | undefined;
  /** Told as soon as a change of rows that are cached until their notification is committed. */
  readonly heard?: HeardChanges | undefined;
}

/**
 * Limits of the server for statements that the broker no longer waits for. Without them, retries of a statement that
 * waits for a lock would use up the connections. A migration has no limit, not even that of its role.
 */
function limits(longest: number | undefined): Readonly<Record<string, string>> {
  if (longest === undefined) return { statement_timeout: '0' };
  return {
    statement_timeout: String(longest),
    lock_timeout: String(Math.min(longest, lockTimeout)),
    idle_in_transaction_session_timeout: String(longest),
    client_connection_check_interval: '2s',
  };
}

/** Milliseconds. Shorter than a request's timeout, so that it gets the lock error and keeps its connection. */
const lockTimeout = 1_500;
/** TCP keep-alive, since an idle connection can be lost without a notice. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: seconds(10) };

/** PgBouncer tracks the first four per client in transaction mode. The others are a precaution. */
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

/** A connection that `connect` sets up with these settings. A pool uses it as its `Client`. */
export class SessionClient extends pg.Client {
  readonly #schema: string | undefined;
  readonly #longest: number | undefined;
  readonly #hosts: DatabaseHosts;
  #at: DatabaseHost;

  constructor(config: SessionConfig) {
    const hosts = config.hosts ?? hostsOf(config);
    const [first] = hosts.all;
    super({ ...keepAlive, types: clampTimestamps(pg.types), ...config, connectionString: first.url });
    this.#hosts = hosts;
    this.#at = first;
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    const query = (config: unknown, ...rest: unknown[]) => send(withClampedTimestamps(config), ...rest);
    Object.assign(this, { query });
    // pg ignores an empty setting, and then reads PGOPTIONS and PGREPLICATION, which PgBouncer refuses.
    const [, parameters = ''] = config.connectionString.split('?');
    const options = new URLSearchParams(parameters).get('options') ?? undefined;
    const { connectionParameters } = this as unknown as Internals;
    Object.assign(connectionParameters, { options, replication: undefined });
    this.#schema = config.schema;
    this.#longest = config.longest;
    if (config.longest !== undefined) endWhenUnanswered(this, config.longest);
    if (config.heard) noteWrites(this, config.heard);
    // A connection may end during its set-up, or between two statements, without another listener. Its next statement
    // fails by itself.
    this.on('error', () => hosts.doubt(this.#at));
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
    await this.#chooseHost();
    try {
      await super.connect();
      await this.#setUp();
    } catch (error) {
      this.#hosts.doubt(this.#at);
      // The pool does not end a client that failed to connect.
      this.end().catch(() => undefined);
      throw error;
    }
    return this;
  }

  async #chooseHost(): Promise<void> {
    if (this.#hosts.all.length === 1) return;
    const { connection, connectionParameters } = this as unknown as Internals;
    const at = await this.#hosts.primary();
    // Its pool has given up, and the socket would open nevertheless.
    if (connection.stream.destroyed) throw new Error('Connection terminated due to connection timeout');
    this.#at = at;
    Object.assign(this, { host: at.host, port: at.port });
    Object.assign(connectionParameters, { host: at.host, port: at.port });
    // A frozen server would keep it until the timeout of a statement.
    const leave = this.#hosts.onMove((primary) => {
      if (primary !== at)
        connection.stream.destroy(new Error('Connection terminated: another server is the primary now'));
    });
    this.once('end', leave);
  }

  async #setUp(): Promise<void> {
    const path = this.#schema === undefined ? {} : { search_path: pg.escapeIdentifier(this.#schema) };
    const wanted = { ...settings, ...limits(this.#longest), ...path };
    // PostgreSQL 13 and some systems cannot detect a client that has gone.
    await this.query(
      `SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)
       WHERE name <> 'client_connection_check_interval'
         OR version() ~ 'linux' AND current_setting('server_version_num')::int >= 140000`,
      [Object.keys(wanted), Object.values(wanted)],
    );
  }
}

/** Those fields of pg's client that its types do not have. */
interface Internals {
  readonly connection: { readonly stream: Socket };
  readonly connectionParameters: object;
}

const readOne = (connectionString: string) => new pg.Client({ connectionString });

/** Returns the hosts of the connection string, for the connections of one process to share. @throws UnfitDatabase */
export function hostsOf(config: SessionConfig): DatabaseHosts {
  const { ssl, sslnegotiation } = config;
  const tls = { ...(ssl !== undefined && { ssl }), ...(sslnegotiation !== undefined && { sslnegotiation }) };
  return createDatabaseHosts(
    readHosts(config.connectionString, readOne),
    ({ url }, timeout) =>
      new SessionClient({
        ...tls,
        connectionString: url,
        connectionTimeoutMillis: timeout,
        query_timeout: timeout,
      }),
  );
}

/**
 * Wraps the parsers that Prisma's adapter passes with each statement, by `clampTimestamps`. An object with `submit` is a
 * query that runs itself.
 */
function withClampedTimestamps(config: unknown): unknown {
  if (config === null || typeof config !== 'object' || !('types' in config) || 'submit' in config)
    return config;
  return config.types ? { ...config, types: clampTimestamps(config.types as pg.CustomTypesConfig) } : config;
}

/** The TLS settings for the embedded server. PGSSLMODE and PGSSLNEGOTIATION of the shell are for other servers. */
export const withoutTls: pg.ClientConfig = { ssl: false, sslnegotiation: 'postgres' };

/** Milliseconds to wait for the server to end a connection that says goodbye. */
export const goodbyeTimeout = seconds(1);

/** Creates a pool of such connections. */
export function createSessionPool(config: SessionConfig & pg.PoolConfig): pg.Pool {
  const hosts = config.hosts ?? hostsOf(config);
  const pool = new pg.Pool({ ...config, hosts, Client: SessionClient } as object);
  const open = new Set<pg.PoolClient>();
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  const end = pool.end.bind(pool);
  // pg-pool's `end` resolves before its idle connections have ended. A server that is stopped then would end them
  // with an error (57P01).
  const endAll = async () => {
    await end();
    const left = [...open].map((client) => new Promise((resolve) => client.once('end', resolve)));
    await Promise.race([Promise.all(left), pause(goodbyeTimeout, undefined, { ref: false })]);
  };
  return Object.assign(pool, { end: endAll });
}

/**
 * Returns the host if a connection would leave this machine without TLS; else undefined. The driver decides about TLS
 * from the URL and from variables such as PGSSLMODE, so the driver is asked. @throws UnfitDatabase
 */
export function plaintextHost(connectionString: string): string | undefined {
  const unsafe = ({ host, ssl }: DatabaseHost) => !ssl && !isThisMachine(host);
  return readHosts(connectionString, readOne).find(unsafe)?.host;
}

/** A path is the folder of a Unix socket. */
function isThisMachine(host: string): boolean {
  if (host.startsWith('/') || host.startsWith('@') || /^localhost\.?$/i.test(host)) return true;
  return (isIP(host) === 4 && host.startsWith('127.')) || host === '::1' || host === '[::1]';
}
