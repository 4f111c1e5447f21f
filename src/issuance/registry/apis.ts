import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, isId, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import { type Edit, requireVersion, StaleVersion } from '../../kit/versions.ts';
import { type Api, type ApiChanges, apiChanges, type NewApi, newApi } from './api.ts';
import type { ApiPolicyMapper, StoredApi } from './api-policy.ts';
import type { ApiFields, ApiStore } from './api-store.ts';
import { invalidField, type ListPage, pageOf, parseInput } from './input.ts';
import { registrationCache } from './registration-channel.ts';

/** The registered APIs (resource servers), as the admin API and the command line manage them. */
export interface ApiRegistry {
  /** @throws Problem 422 naming the field, or conflict. */
  create(api: NewApi, edit?: Edit): Promise<Api>;
  list(page: ListPage): Promise<readonly Api[]>;
  get(id: string): Promise<Api | undefined>;
  /** Returns the API with this identifier. Reads through the cache. */
  byIdentifier(identifier: string): Promise<Api | undefined>;
  /** Returns the APIs for which this client may act: the API itself, or those that name the app. Reads through the cache. */
  ofClient(clientId: string): Promise<readonly Api[]>;
  /** Returns the API with its policy. Reads through the cache. */
  known(id: string): Promise<Api | undefined>;
  /** Returns the same, past the cache. */
  now(id: string): Promise<Api | undefined>;
  /** Returns the identifiers of the APIs that are open to apps which registered themselves. Reads through a cache. */
  open(): Promise<readonly string[]>;
  /** @throws Problem not_found; StaleVersion */
  update(id: string, changes: ApiChanges, edit?: Edit): Promise<Api>;
  /** Returns false when there is no such API. @throws StaleVersion */
  remove(id: string, edit?: Edit): Promise<boolean>;
  /**
   * Replaces the secret by which the API authenticates under its id. Only its hash is stored.
   * @throws Problem not_found; StaleVersion
   */
  rotateSecret(id: string, edit?: Edit, secret?: Secret): Promise<Secret>;
  /** Returns an API that has a secret, with its hash, for client authentication. Reads through the cache. */
  asClient(id: string): Promise<ApiClient | undefined>;
  /** Clears the cache, because an API has changed at another process. */
  clearCache(): void;
  /** Creates the API, or updates the one with this identifier. */
  ensure(api: NewApi): Promise<Api>;
}

/** An API as a client of the introspection and token endpoints. */
export interface ApiClient {
  readonly api: Api;
  readonly secretHash: string;
}

/** The settings of a new API that names none. Lifetimes are in seconds. */
const defaults = {
  scopes: [],
  accessTokenFormat: 'jwt',
  signingAlg: 'RS256',
  accessTokenLifetime: 3600,
  browserAccessTokenLifetime: null,
  firstPartySkipsConsent: true,
  tokenBinding: 'none',
  client: null,
  clients: 'listed',
} as const;

/** A change of an API is tried again, where another one came between. */
const mostTries = 5;

export interface ApisDeps {
  readonly store: ApiStore;
  readonly policies: ApiPolicyMapper;
  readonly issuer: string;
  readonly clock: Clock;
}

export function createApis({ store, policies, issuer, clock }: ApisDeps): ApiRegistry {
  const reserved = [issuer, `${issuer}/`, `${issuer}/v1`, `${issuer}/userinfo`];
  const named = async (api: StoredApi | undefined) => api && (await policies.named(api));
  const fieldsOf = async (id: string, input: NewApi): Promise<ApiFields> => {
    const { identifier, name, ...given } = parseInput(newApi, input);
    if (reserved.includes(identifier)) throw invalidField('identifier', 'is the broker’s own');
    await policies.checkClient(given.client);
    const connections = await policies.stored(given.connections ?? []);
    return { id, identifier, connections, ...overlay({ ...defaults, name }, given) };
  };
  const stored = async (id: string) => {
    const api = await store.find(id);
    if (!api) throw new Problem('not_found');
    return api;
  };
  const existing = async (id: string) => await policies.named(await stored(id));
  const create = async (input: NewApi, { managedBy = null }: Edit = {}) => {
    const fields = await fieldsOf(newId('api'), input);
    if (!(await store.create(fields, managedBy))) {
      throw new Problem('conflict', { detail: 'There is an API with this identifier.' });
    }
    return await existing(fields.id);
  };

  const cacheOf = <Value>(read: (key: string) => Promise<Value | undefined>) =>
    createRowCache(read, { ...registrationCache, clock });
  const identifierCache = cacheOf(async (identifier) => named(await store.findByIdentifier(identifier)));
  const idCache = cacheOf(async (id) => named(await store.find(id)));
  const ownedCache = cacheOf(async (clientId) =>
    Promise.all((await store.ofClient(clientId)).map(policies.named)),
  );
  const readClient = async (id: string): Promise<ApiClient | undefined> => {
    const api = await named(await store.find(id));
    const secretHash = api?.hasSecret ? await store.secretHashOf(id) : null;
    return api && secretHash !== null ? { api, secretHash } : undefined;
  };
  const clientCache = cacheOf(readClient);
  const openCache = cacheOf(store.open);
  const clearCache = () => {
    for (const cache of [identifierCache, idCache, ownedCache, clientCache, openCache]) cache.clear();
  };
  /** Makes the new fields from the present ones, again where another change came between. @throws StaleVersion */
  const change = async (id: string, edit: Edit, make: Make) => {
    for (let tries = 1; ; tries += 1) {
      const before = await stored(id);
      requireVersion(before.version, edit);
      try {
        await store.replace(await make(before), { ...edit, version: before.version });
        clearCache();
        return await existing(id);
      } catch (error) {
        const isRace = error instanceof StaleVersion && edit.version === undefined && tries < mostTries;
        if (!isRace) throw error;
      }
    }
  };

  return {
    create,
    list: async (page) => Promise.all((await store.list(parseInput(pageOf, page))).map(policies.named)),
    get: async (id) => named(await store.find(id)),
    byIdentifier: identifierCache.get,
    async ofClient(clientId) {
      if (!isId('api', clientId)) return (await ownedCache.get(clientId)) ?? [];
      const api = await idCache.get(clientId);
      return api ? [api] : [];
    },
    known: idCache.get,
    now: idCache.getNow,
    open: async () => (await openCache.get('')) ?? [],
    update: (id, changes, edit = {}) =>
      change(id, edit, async (before) => {
        const given = parseInput(apiChanges, changes);
        if (given.client !== before.client) await policies.checkClient(given.client);
        const { identifier } = before;
        const connections = given.connections ? await policies.stored(given.connections) : before.connections;
        return { id, identifier, connections, ...overlay(before, given) };
      }),
    async remove(id, edit) {
      const removed = await store.remove(id, edit);
      clearCache();
      return removed;
    },
    async rotateSecret(id, edit = {}, secret = new Secret(newSecret())) {
      if (!(await store.setSecret(id, hashOf(secret.reveal()), edit))) throw new Problem('not_found');
      clearCache();
      return secret;
    },
    asClient: clientCache.get,
    clearCache,
    async ensure(input) {
      const known = await store.findByIdentifier(input.identifier);
      if (!known) return await create(input);
      const fields = await fieldsOf(known.id, input);
      const { hasSecret: _s, managedBy: _m, version: _v, createdAt: _c, ...present } = known;
      // Each start calls it, and what stays the same is no change.
      if (isDeepStrictEqual(present, fields)) return await policies.named(known);
      return await change(known.id, {}, async () => fields);
    },
  };
}

type Make = (before: StoredApi) => Promise<ApiFields>;
type Overlaid = Omit<ApiFields, 'id' | 'identifier' | 'connections'>;

/** Returns the fields with the given changes. An absent field stays; null is a value. */
function overlay(before: Overlaid, given: z.output<typeof apiChanges>): Overlaid {
  const { browserAccessTokenLifetime: browser } = given;
  return {
    name: given.name ?? before.name,
    scopes: given.scopes ?? before.scopes,
    accessTokenFormat: given.accessTokenFormat ?? before.accessTokenFormat,
    signingAlg: given.signingAlg ?? before.signingAlg,
    accessTokenLifetime: given.accessTokenLifetime ?? before.accessTokenLifetime,
    browserAccessTokenLifetime: browser === undefined ? before.browserAccessTokenLifetime : browser,
    firstPartySkipsConsent: given.firstPartySkipsConsent ?? before.firstPartySkipsConsent,
    tokenBinding: given.tokenBinding ?? before.tokenBinding,
    client: given.client === undefined ? before.client : given.client,
    clients: given.clients ?? before.clients,
  };
}
