import type { Finding } from '../connectors/check/finding.ts';
import type { Connector } from '../connectors/contract/contract.ts';
import type { Options } from '../connectors/contract/options.ts';
import type { Registration } from '../connectors/contract/registration.ts';
import type { Upstream } from '../connectors/engine/upstream.ts';
import { findConnector } from '../connectors/registry.ts';
import { type Clock, seconds } from '../kit/clock.ts';
import type { Transaction } from '../kit/database/database.ts';
import { createRowCache } from '../kit/database/row-cache.ts';
import type { Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import type { Keyring } from '../kit/keys/keyring.ts';
import type { Outbound } from '../kit/outbound.ts';
import { Problem } from '../kit/problem.ts';
import { unhurried } from '../kit/request-context.ts';
import { buildConnection } from './build-connection.ts';
import { aliasShape, type ConnectionChangeInput, type NewConnection } from './connection-input.ts';
import {
  changesEndpoints,
  enteredOptions,
  type OptionsInput,
  requireConnector,
} from './connection-options.ts';
import { openOptionSecrets, sealOptionSecrets, sealSecret } from './connection-secrets.ts';
import type {
  ConnectionChange,
  ConnectionRow,
  ConnectionStore,
  NewConnectionRow,
} from './connection-store.ts';
import { completeEndpoints } from './discovered-endpoints.ts';
import { type IssuerChange, type IssuerMoves, issuerChange } from './issuer-change.ts';

/** One registration at one provider, with the connector of that provider. */
export interface Connection {
  readonly id: string;
  readonly alias: string;
  readonly connector: Connector;
  readonly registration: Registration;
  readonly upstream: Upstream;
  readonly enabled: boolean;
  readonly purpose: 'login' | 'linking';
  /** The scopes that the admin entered; empty for the connector's default. */
  readonly scopes: readonly string[];
  readonly endpoints: Readonly<Record<string, string>>;
  /** The options without the secret ones. */
  readonly options: Options;
  readonly hasSecret: boolean;
  readonly createdAt: Date;
  /** When an admin last changed the connection. */
  readonly changedAt: Date;
  /** Tests everything that needs no sign-in. */
  check(): Promise<readonly Finding[]>;
}

export interface Connections {
  /** Returns all connections, oldest first, from the cache. `find` and `findById` use it too. */
  all(): Promise<readonly Connection[]>;
  find(alias: string): Promise<Connection | undefined>;
  findById(id: string): Promise<Connection | undefined>;
  /** Reads the database, not the cache: for decisions at the callback. */
  findNow(alias: string): Promise<Connection | undefined>;
  create(input: NewConnection): Promise<Connection>;
  /** @throws Problem invalid_body when a destination changes and the secret is not entered again */
  change(alias: string, input: ConnectionChangeInput): Promise<Connection>;
  /** Locks the row in the transaction that removes the connection, which `offboarding` opens. */
  lock(transaction: Transaction, id: string): Promise<void>;
  /** Deletes the row in that transaction. */
  remove(transaction: Transaction, id: string): Promise<void>;
  /** Drops the connection from the cache, after that transaction. */
  invalidate(id: string): void;
  /** Clears the cache: a connection has changed at another process. */
  clearCache(): void;
}

export interface ConnectionsDeps {
  readonly store: ConnectionStore;
  readonly keyring: Keyring;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly events: Events;
  readonly issuer: string;
  readonly issuerMoves: IssuerMoves;
  /**
   * Called after the client id, the secret or the endpoints changed: they may have caused earlier refusals.
   */
  readonly onRegistrationChanged?: (connectionId: string) => Promise<unknown>;
}

/** Every process is told of a change at once (connection-channel.ts). The TTL counts where a notification was lost. */
const ttl = seconds(2);

export function createConnections(deps: ConnectionsDeps): Connections {
  const { store, keyring, clock, events, outbound } = deps;
  // Not a cache of rows: an upstream holds the provider's keys and the app's token, so it is built once for each state of
  // its row. An entry goes with its row.
  const built = new Map<string, { row: ConnectionRow; connection: Connection }>();
  const list = createRowCache(readAll, { max: 1, ttl, clock });

  function build(row: ConnectionRow): Connection {
    const known = built.get(row.id);
    if (known && known.row.updatedAt.getTime() === row.updatedAt.getTime()) return known.connection;
    const connection = buildConnection(row, deps);
    built.set(row.id, { row, connection });
    return connection;
  }

  async function readAll(): Promise<readonly Connection[]> {
    const rows = await store.all();
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of built.keys()) if (!ids.has(id)) built.delete(id);
    return rows.filter(({ provider }) => findConnector(provider)).map(build);
  }

  const all = async () => (await list.get('all')) ?? [];

  async function findNow(alias: string): Promise<Connection | undefined> {
    // A path can contain characters that no alias has. PostgreSQL would reject some of them, such as NUL.
    const row = aliasShape.safeParse(alias).success ? await store.findByAlias(alias) : undefined;
    return row && findConnector(row.provider) ? build(row) : undefined;
  }

  async function mergedOptions(
    connection: Connection,
    input: OptionsInput,
  ): Promise<Partial<Pick<NewConnectionRow, 'options' | 'optionSecrets'>>> {
    if (Object.keys(input).length === 0) return {};
    const row = await store.findByAlias(connection.alias);
    const secrets = openOptionSecrets(keyring, connection.id, row?.optionSecrets ?? null);
    const { plain, secret } = enteredOptions(connection.connector, input, {
      ...connection.options,
      ...secrets,
    });
    return { options: plain, optionSecrets: sealOptionSecrets(keyring, connection.id, secret) };
  }

  async function issuerChanged(
    { id, alias, registration: before }: Connection,
    changed: ConnectionChange,
    moveIdentities: boolean | undefined,
  ): Promise<IssuerChange | undefined> {
    const row = await store.findByAlias(alias);
    if (!row || !(changed.endpoints || changed.options)) return undefined;
    const { registration: after } = buildConnection({ ...row, ...changed, scopes: row.scopes }, deps);
    return await issuerChange({ id, before, after, moveIdentities }, deps.issuerMoves);
  }

  async function requireConnection(alias: string): Promise<Connection> {
    list.clear();
    const connection = await findNow(alias);
    if (!connection) throw new Problem('not_found');
    return connection;
  }

  return {
    all,
    findNow,
    clearCache: list.clear,
    find: async (alias) => (await all()).find((connection) => connection.alias === alias),
    findById: async (id) => (await all()).find((connection) => connection.id === id),

    async create(input) {
      const connector = requireConnector(input.provider);
      const { endpoints, options } = await completeEndpoints(connector, input.endpoints, outbound);
      const { plain, secret } = enteredOptions(connector, { ...options, ...input.options }, {});
      const id = newId('con');
      const inserted = await store.insert({
        id,
        alias: input.alias,
        provider: input.provider,
        clientId: input.client_id,
        clientSecret: sealSecret(keyring, id, input.client_secret),
        scopes: input.scopes,
        endpoints,
        options: plain,
        optionSecrets: sealOptionSecrets(keyring, id, secret),
        enabled: input.enabled,
        purpose: input.for,
      });
      if (!inserted)
        throw new Problem('conflict', { detail: `There is a connection ${input.alias} already.` });
      await events.record({
        type: 'connection.created',
        connection: input.alias,
        detail: { provider: input.provider },
      });
      return await requireConnection(input.alias);
    },

    async change(alias, input) {
      const connection = await requireConnection(alias);
      const completed =
        input.endpoints && (await completeEndpoints(connection.connector, input.endpoints, outbound));
      const { endpoints, options: published } = completed ?? {};
      // A stored secret must be entered again before it is sent to another host, else an admin could read it
      // there.
      const options = await mergedOptions(connection, { ...published, ...input.options });
      const destinationChanges =
        input.endpoints !== undefined || changesEndpoints(connection.connector, options.options);
      if (destinationChanges && input.client_secret === undefined && connection.hasSecret) {
        const detail = 'Enter client_secret again when endpoints, or options that decide them, change.';
        throw new Problem('invalid_body', { detail });
      }
      const changed = {
        ...(input.client_id !== undefined && { clientId: input.client_id }),
        ...(input.client_secret !== undefined && {
          clientSecret: sealSecret(keyring, connection.id, input.client_secret),
        }),
        ...(input.scopes && { scopes: input.scopes }),
        ...(endpoints && { endpoints }),
        ...options,
        ...(input.enabled !== undefined && { enabled: input.enabled }),
        ...(input.for && { purpose: input.for }),
      };
      const issuer = await issuerChanged(connection, changed, input.move_identities);
      const moved = await store.change(connection.id, changed, async (transaction) =>
        issuer?.carryOut(transaction),
      );
      await events.record({
        type: 'connection.changed',
        connection: alias,
        detail: { fields: Object.keys(input) },
      });
      if (issuer) {
        const { from, to, identities } = issuer;
        const detail = { from, to, identities, moved: moved ?? 0 };
        await events.record({ type: 'connection.issuer_changed', connection: alias, detail });
      }
      if (input.client_id !== undefined || input.client_secret !== undefined || destinationChanges)
        await unhurried(async () => deps.onRegistrationChanged?.(connection.id));
      return await requireConnection(alias);
    },

    lock: store.lock,
    remove: store.remove,
    invalidate(id) {
      list.clear();
      built.delete(id);
    },
  };
}
