import type { Finding } from '../connectors/check/finding.ts';
import { findConnector } from '../connectors/registry.ts';
import { displayText } from '../http/display-text.ts';
import { createCache } from '../kit/cache.ts';
import { seconds } from '../kit/clock.ts';
import type { Transaction } from '../kit/database/database.ts';
import { createRowCache } from '../kit/database/row-cache.ts';
import { newId } from '../kit/ids.ts';
import { learnKeys } from '../kit/keys/sealed-column.ts';
import { bytesOf, type VersionedPicture, versionedPicture } from '../kit/picture.ts';
import { Problem } from '../kit/problem.ts';
import { type Edit, remarksIn, StaleVersion } from '../kit/versions.ts';
import { type ApiOperation, operationsIn } from './api-description.ts';
import { buildConnection, type Connection } from './build-connection.ts';
import { type ConnectionsDeps, createChangeConnection } from './change-connection.ts';
import type { LastCheck } from './connection-check-store.ts';
import { creationDetail } from './connection-facts.ts';
import { aliasShape, type ConnectionChangeInput, type NewConnection } from './connection-input.ts';
import { enteredOptions, requireConnector } from './connection-options.ts';
import { sealOptionSecrets, sealSecret } from './connection-secrets.ts';
import type { ConnectionRow } from './connection-store.ts';
import { completeEndpoints } from './discovered-endpoints.ts';
import type { ConfirmOriginChange } from './origin-change.ts';

export type { ApiOperation } from './api-description.ts';
export type { Connection } from './build-connection.ts';

/** The connections of this broker, through a cache of this process. */
export interface Connections {
  /** Returns all connections, oldest first, from the cache. `find` and `findById` use it too. */
  all(): Promise<readonly Connection[]>;
  find(alias: string): Promise<Connection | undefined>;
  findById(id: string): Promise<Connection | undefined>;
  /** Returns all connections if they are in the cache. */
  peek(): readonly Connection[] | undefined;
  /** Reads the database, not the cache: for decisions at the callback. */
  findNow(alias: string): Promise<Connection | undefined>;
  create(input: NewConnection, edit?: Edit): Promise<Connection>;
  logoOf(alias: string): Promise<VersionedPicture | undefined>;
  /** Returns the operator's OpenAPI document, reduced to its operations. */
  apiDescriptionOf(id: string): Promise<string | undefined>;
  /** Returns the operations of that document, from a cache. Undefined: there is none. */
  operationsOf(connection: Connection): Promise<readonly ApiOperation[] | undefined>;
  /** Tries all that works without a person who signs in, and keeps the result. */
  check(connection: Connection): Promise<readonly Finding[]>;
  /** Returns the last check of each of these connections that has been checked. */
  lastChecks(ids: readonly string[]): Promise<ReadonlyMap<string, LastCheck>>;
  /**
   * Gives the connections their places in this order. Those that are not named come after them, by age. Returns false where
   * the order is not the one that was seen.
   */
  reorder(aliases: readonly string[], seen?: readonly string[]): Promise<boolean>;
  /**
   * `confirm` decides whether endpoints may move to another origin. Without it the input's reason is enough.
   * @throws Problem invalid_body when a destination changes without the present secret, or moves without a reason;
   * StaleVersion
   */
  change(
    alias: string,
    input: ConnectionChangeInput,
    confirm?: ConfirmOriginChange,
    edit?: Edit,
  ): Promise<Connection>;
  /**
   * Locks the row in the transaction that removes the connection, which `offboarding` opens.
   * @throws Problem not_found if it is gone; StaleVersion
   */
  lock(transaction: Transaction, id: string, edit?: Edit): Promise<void>;
  /** Deletes the row in that transaction. */
  remove(transaction: Transaction, id: string): Promise<void>;
  /** Drops the connection from the cache, after that transaction. */
  invalidate(id: string): void;
  /** Clears the cache: a connection has changed at another process. */
  clearCache(): void;
}

/** Every process is told of a change at once (connection-store.ts). The TTL counts where a notification was lost. */
const ttl = seconds(2);
/** A change of a connection is tried again, where another one came between. */
const mostTries = 5;
/** The documents of this many connections are kept parsed. */
const mostDocuments = 20;
/** The characters that are kept of what a check says: a provider's metadata may be long. */
const mostWords = 2_000;

export function createConnections(deps: ConnectionsDeps): Connections {
  const { store, keyring, clock, events, outbound } = deps;
  const changeConnection = createChangeConnection(deps);
  // Not a cache of rows: an upstream holds the provider's keys and the app's token, so it is built once for each state of
  // its row. An entry is removed when its row is.
  const built = new Map<string, { row: ConnectionRow; connection: Connection }>();
  const operations = createCache<readonly ApiOperation[]>({ max: mostDocuments });
  const cache = createRowCache(readAll, { max: 1, ttl, clock });

  function build(row: ConnectionRow): Connection {
    const known = built.get(row.id);
    if (known && isSameState(known.row, row)) return known.connection;
    const connection = buildConnection(row, deps);
    built.set(row.id, { row, connection });
    return connection;
  }

  async function readAll(): Promise<readonly Connection[]> {
    const rows = await store.all();
    await learnKeys(
      keyring,
      rows.flatMap(({ clientSecret, optionSecrets }) => [clientSecret, optionSecrets]),
    );
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of built.keys()) if (!ids.has(id)) built.delete(id);
    return rows.filter(({ provider }) => findConnector(provider)).map(build);
  }

  const all = async () => (await cache.get('all')) ?? [];

  async function findNow(alias: string): Promise<Connection | undefined> {
    // A path can contain characters that no alias has. PostgreSQL would reject some of them, such as NUL.
    const row = aliasShape.safeParse(alias).success ? await store.findByAlias(alias) : undefined;
    return row && findConnector(row.provider) ? build(row) : undefined;
  }

  /** Reads past the cache, and clears it, so that the caller's next read sees its own change. */
  async function requireConnection(alias: string): Promise<Connection> {
    cache.clear();
    const connection = await findNow(alias);
    if (!connection) throw new Problem('not_found');
    return connection;
  }

  return {
    all,
    peek: () => cache.peek('all'),
    findNow,
    clearCache: cache.clear,
    find: async (alias) => (await all()).find((connection) => connection.alias === alias),
    findById: async (id) => (await all()).find((connection) => connection.id === id),

    async create(input, { managedBy = null, reason } = {}) {
      const connector = requireConnector(input.provider);
      const { endpoints, options } = await completeEndpoints(connector, input.endpoints, outbound);
      const { plain, secret } = enteredOptions(connector, { ...options, ...input.options }, {});
      const id = newId('con');
      const settings = {
        clientId: input.client_id,
        scopes: input.scopes,
        endpoints,
        options: plain,
        enabled: input.enabled,
        purpose: input.for,
        displayName: input.display_name ?? null,
        hidden: input.hidden ?? false,
        position: input.position ?? null,
        managedBy,
      };
      const inserted = await store.insert({
        id,
        alias: input.alias,
        provider: input.provider,
        ...settings,
        logo: input.logo ? bytesOf(input.logo) : null,
        apiDescription: input.api_description ?? null,
        clientSecret: sealSecret(keyring, id, input.client_secret),
        optionSecrets: sealOptionSecrets(keyring, id, secret),
      });
      if (!inserted)
        throw new Problem('conflict', { detail: `There is a connection ${input.alias} already.` });
      await events.record({
        type: 'connection.created',
        connection: input.alias,
        detail: { ...creationDetail(connector, settings, input), ...remarksIn({ reason }) },
      });
      return await requireConnection(input.alias);
    },

    async logoOf(alias) {
      const logo = await store.logoOf(alias);
      return logo && versionedPicture(logo);
    },
    apiDescriptionOf: store.apiDescriptionOf,
    async operationsOf({ id, version, hasApiDescription }) {
      if (!hasApiDescription) return undefined;
      const key = `${id} ${version}`;
      const known = operations.get(key);
      if (known) return known;
      const document = await store.apiDescriptionOf(id);
      const read = document === undefined ? undefined : operationsIn(document);
      if (read) operations.set(key, read);
      return read;
    },
    async check(connection) {
      const found = await connection.check();
      // The provider's own words are in it.
      const checks = found.map((one) => ({ ...one, detail: displayText(one.detail, mostWords) }));
      await store.noteCheck(connection, checks);
      return checks;
    },
    lastChecks: store.lastChecks,
    async reorder(aliases, seen) {
      const done = await store.reorder(aliases, seen);
      cache.clear();
      return done;
    },
    async change(alias, input, confirm, edit = {}) {
      for (let tries = 1; ; tries += 1) {
        const connection = await requireConnection(alias);
        // The checks and the merged options are about this version, so that no other change may come between.
        const { version = connection.version } = edit;
        try {
          await changeConnection(connection, input, confirm, { ...edit, version });
          return await requireConnection(alias);
        } catch (error) {
          const isRace = error instanceof StaleVersion && edit.version === undefined && tries < mostTries;
          if (!isRace) throw error;
        }
      }
    },

    lock: store.lock,
    remove: store.remove,
    invalidate(id) {
      cache.clear();
      built.delete(id);
    },
  };
}

/** Processes of earlier versions do not raise the version, and two changes may have the same millisecond. */
function isSameState(one: ConnectionRow, other: ConnectionRow): boolean {
  return one.updatedAt.getTime() === other.updatedAt.getTime() && one.version === other.version;
}
