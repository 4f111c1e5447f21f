import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { minutes, monotonic } from '../clock.ts';
import { NoPrimaryError } from './database-errors.ts';
import { UnfitDatabase } from './unfit-database.ts';

/** One server of a connection string that names several. */
export interface DatabaseHost {
  readonly url: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** The driver's decision from the connection string and the shell. */
  readonly ssl: unknown;
}

/** The servers of one connection string, of which one accepts writes (docs/decisions/100-several-database-hosts.md). */
export interface DatabaseHosts {
  readonly all: readonly [DatabaseHost, ...DatabaseHost[]];
  /** Returns the server that accepts writes; where it is not known, all are asked. @throws NoPrimaryError */
  primary(): Promise<DatabaseHost>;
  /**
   * Says that a connection to it failed, ended or was refused a write; by default, to the one that is the primary as far
   * as is known. All servers are asked again.
   */
  doubt(host?: DatabaseHost): void;
  /** Calls back when another server than before accepts writes. Returns the function that ends it. */
  onMove(moved: (primary: DatabaseHost) => void): () => void;
}

/** Opens one connection, to ask its server. */
type Ask = (host: DatabaseHost, timeout: number) => pg.Client;

/** Milliseconds for one server to answer: less than a request waits for a connection. */
const askTimeout = 1_000;
/** Milliseconds to wait for the others after one that accepts writes: a former primary may believe that it still is. */
const othersTimeout = 100;
/** Milliseconds for which a former primary is refused while a host does not answer, which may be its successor. */
const formerRefused = minutes(1);
/** Milliseconds for which a search without a result counts. Requests would otherwise begin one after the other. */
const failureKept = 100;

const readsOnly = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS reads`;

/** The timeline counts promotions. A server of the same cluster with a lower one was the primary before. */
const position = `
  SELECT system_identifier::text AS system, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline
    FROM pg_control_system()`;

interface Found extends Position {
  readonly host: DatabaseHost;
  readonly reads: boolean;
}

interface Position {
  /** The id of the cluster. */
  readonly system: string;
  /** Eight hexadecimal digits. */
  readonly timeline: string;
}

/** Returns the connection strings of each host of libpq's form `postgresql://user@host1:5432,host2:5433/database`. */
export function hostUrls(url: string): readonly [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] =
    /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(url) ?? [];
  const [first, ...others] = hosts.split(',');
  if (first === undefined || others.length === 0) return [url];
  return [`${before}${first}${after}`, ...others.map((host) => `${before}${host}${after}`)];
}

/** `read`: how the driver reads one connection string. @throws UnfitDatabase when it cannot be used */
export function readHosts(
  url: string,
  read: (url: string) => Omit<DatabaseHost, 'url'>,
): DatabaseHosts['all'] {
  const urls = hostUrls(url);
  const [first, ...others] = urls.map((one) => {
    try {
      const { host, port, ssl } = read(one);
      return { url: one, host, port, ssl };
    } catch (cause) {
      throw new UnfitDatabase(`it cannot be read (${(cause as Error).message})`, { cause });
    }
  });
  if (first === undefined) throw new UnfitDatabase('it names no host');
  if (others.length > 0) requireWrites(url);
  return [first, ...others];
}

/** The broker writes with each session. */
function requireWrites(url: string): void {
  const [, query = ''] = url.split('?');
  const wanted = new URLSearchParams(query).get('target_session_attrs') ?? 'read-write';
  if (wanted === 'read-write' || wanted === 'primary') return;
  throw new UnfitDatabase(
    `target_session_attrs=${wanted}: the broker needs the server that accepts writes; say read-write, or leave it out`,
  );
}

const unknown: Position = { system: '', timeline: '' };

function reasonOf(error: unknown): string {
  return (error instanceof Error && error.message) || 'no answer';
}

/** Some hosting services take the right away from their customers' roles. Then the servers cannot be compared. */
async function positionOf(client: pg.Client): Promise<Position> {
  try {
    return (await client.query<Position>(position)).rows[0] ?? unknown;
  } catch {
    return unknown;
  }
}

export function createDatabaseHosts(all: DatabaseHosts['all'], ask: Ask): DatabaseHosts {
  const moves = new Set<(primary: DatabaseHost) => void>();
  let known: DatabaseHost | undefined;
  let last: DatabaseHost | undefined;
  let search: Promise<DatabaseHost> | undefined;
  /** The last primary. */
  let highest: Position = unknown;
  /** When it was last known to be the primary, by `monotonic`. */
  let provenAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  async function askOne(host: DatabaseHost): Promise<Found> {
    const client = ask(host, askTimeout);
    try {
      await client.connect();
      const reads = (await client.query<{ reads: boolean }>(readsOnly)).rows[0]?.reads !== false;
      return { host, reads, ...(reads ? unknown : await positionOf(client)) };
    } finally {
      client.end().catch(() => undefined);
    }
  }

  /** Returns whether another server was the primary after it. */
  const isFormer = ({ system, timeline }: Found) =>
    system === highest.system && timeline < highest.timeline && monotonic() - provenAt < formerRefused;

  async function find(): Promise<DatabaseHost> {
    const found: Found[] = [];
    const answers = all.map(async (host) => {
      const one = await askOne(host);
      found.push(one);
      if (one.reads) throw new Error('only reads');
    });
    const fail = async () => {
      const results = await Promise.allSettled(answers);
      return new NoPrimaryError(
        results.map((result, index) => ({
          host: `${all[index]?.host}:${all[index]?.port}`,
          why: result.status === 'rejected' ? reasonOf(result.reason) : 'was the primary before another one',
        })),
      );
    };
    // Of several poolers in front of one server the first, in the order of the connection string.
    const newest = () =>
      found
        .filter(({ reads }) => !reads)
        .sort((a, b) => all.indexOf(a.host) - all.indexOf(b.host))
        .reduce((best, one) => (one.timeline > best.timeline ? one : best));
    try {
      await Promise.any(answers);
    } catch {
      throw await fail();
    }
    const waited = new AbortController();
    const late = pause(othersTimeout, undefined, { signal: waited.signal, ref: false });
    await Promise.race([Promise.allSettled(answers), late.catch(() => undefined)]);
    waited.abort();
    if (isFormer(newest())) {
      await Promise.allSettled(answers);
      // Where all answer and none is newer, the cluster itself has gone back, and the others follow this one.
      if (isFormer(newest()) && found.length < all.length) throw await fail();
    }
    const primary = newest();
    highest = primary;
    provenAt = monotonic();
    return primary.host;
  }

  async function searchAll(): Promise<DatabaseHost> {
    try {
      const primary = await find();
      known = primary;
      if (last !== undefined && last !== primary) for (const moved of moves) moved(primary);
      last = primary;
      return primary;
    } catch (error) {
      failure = error;
      failedAt = monotonic();
      throw error;
    } finally {
      search = undefined;
    }
  }

  function primary(): Promise<DatabaseHost> {
    if (known) return Promise.resolve(known);
    if (!search && monotonic() - failedAt < failureKept) return Promise.reject(failure);
    search ??= searchAll();
    return search;
  }

  return {
    all,
    async primary() {
      return all.length === 1 ? all[0] : await primary();
    },
    doubt(host) {
      if (all.length === 1 || (host && known && known !== host)) return;
      if (known) provenAt = monotonic();
      known = undefined;
      // At once: sessions at a server that is not the primary any more would each have to wait for their timeouts.
      primary().catch(() => undefined);
    },
    onMove(moved) {
      moves.add(moved);
      return () => moves.delete(moved);
    },
  };
}
