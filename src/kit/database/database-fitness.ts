import type pg from 'pg';
import { UnfitDatabase } from './unfit-database.ts';

// Refuses at start, in one line, settings with which PostgreSQL would fail later, during a sign-in.

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly standby: boolean;
  readonly read_only: boolean;
  readonly database: string;
  readonly role: string;
  readonly max_connections: number;
  /** Connections that only superusers, or roles with pg_use_reserved_connections, can use. */
  readonly reserved: number;
  /** CONNECTION LIMIT of the role; -1: none. */
  readonly role_limit: number;
  /** CONNECTION LIMIT of the database; -1: none. */
  readonly database_limit: number;
}

/** @throws UnfitDatabase for a server that is too old, read-only, or cannot store every name */
export async function requireServer(client: pg.ClientBase): Promise<void> {
  const { version, encoding, standby, read_only, database } = await serverOf(client);
  if (version < oldest * 10_000)
    throw new UnfitDatabase(
      `PostgreSQL ${Math.floor(version / 10_000)} is too old; ${oldest} or newer is needed`,
    );
  if (encoding !== 'UTF8')
    throw new UnfitDatabase(
      `the database "${database}" has the encoding ${encoding}, which cannot hold every name; ` +
        `make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  if (standby)
    throw new UnfitDatabase('the server is a standby, which only reads; give the address of the primary');
  if (read_only)
    throw new UnfitDatabase(
      `the database "${database}" only reads (default_transaction_read_only is on); turn that off for it or its role`,
    );
}

/** The oldest version that the tests and the documentation cover. */
const oldest = 15;

/** The number of LISTEN connections, in addition to the pool. */
const listenConnections = 1;

/** Returns a sentence on the limit that the pool exceeds; undefined if the server allows so many connections. */
export async function poolTrouble(client: pg.ClientBase, poolSize: number): Promise<string | undefined> {
  const { max_connections, reserved, role, role_limit, database, database_limit } = await serverOf(client);
  const limits = [
    {
      most: max_connections - reserved,
      of: `the server (max_connections ${max_connections}, ${reserved} reserved)`,
    },
    { most: role_limit, of: `the role "${role}" (CONNECTION LIMIT)` },
    { most: database_limit, of: `the database "${database}" (CONNECTION LIMIT)` },
  ].filter(({ most }) => most >= 0);
  const tight = limits.sort((a, b) => a.most - b.most)[0];
  if (!tight || poolSize + listenConnections <= tight.most) return undefined;
  return (
    `${poolSize} connections and ${listenConnections} for notifications are more than the ${tight.most} that ${tight.of} allows; ` +
    'make the pool smaller, or the limit greater'
  );
}

async function serverOf(client: pg.ClientBase): Promise<Server> {
  const { rows } = await client.query<Server>(`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() AS standby, current_setting('transaction_read_only')::bool AS read_only,
           current_database() AS database, current_user AS role,
           current_setting('max_connections')::int AS max_connections,
           CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int
             + coalesce(current_setting('reserved_connections', true), '0')::int END AS reserved,
           CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END AS role_limit,
           CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END AS database_limit
      FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`);
  const [server] = rows;
  if (!server) throw new UnfitDatabase('it does not say what it is: no row in pg_roles for this role');
  return server;
}
