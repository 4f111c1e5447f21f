import type { z } from 'zod';
import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import { type Api, type ApiChanges, apiChanges, type NewApi, newApi } from './api.ts';
import type { ApiFields, ApiStore } from './api-store.ts';
import { invalidField, type ListPage, pageOf, parseInput } from './input.ts';
import { registrationCache } from './registration-channel.ts';

/** The registered APIs (resource servers), as the admin API and the command line manage them. */
export interface ApiRegistry {
  /** @throws Problem 422 naming the field, or conflict. */
  create(api: NewApi): Promise<Api>;
  list(page: ListPage): Promise<readonly Api[]>;
  get(id: string): Promise<Api | undefined>;
  /** Returns the API with this identifier. Reads through the cache. */
  byIdentifier(identifier: string): Promise<Api | undefined>;
  /** @throws Problem not_found. */
  update(id: string, changes: ApiChanges): Promise<Api>;
  remove(id: string): Promise<boolean>;
  /**
   * Replaces the secret by which the API authenticates under its id, to introspect. Only its hash is stored.
   * @throws Problem not_found.
   */
  rotateSecret(id: string): Promise<Secret>;
  /** Returns an API that has a secret, with its hash, for client authentication. Reads through the cache. */
  asClient(id: string): Promise<ApiClient | undefined>;
  /** Clears the cache, because an API has changed at another process. */
  clearCache(): void;
  /** Creates the API, or updates the one with this identifier. */
  ensure(api: NewApi): Promise<Api>;
}

/** An API as a client of the introspection endpoint. */
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
} as const;

export function createApis(store: ApiStore, issuer: string, clock: Clock): ApiRegistry {
  const reserved = [issuer, `${issuer}/`, `${issuer}/v1`, `${issuer}/userinfo`];
  const fieldsOf = (id: string, input: NewApi): ApiFields => {
    const { identifier, name, ...given } = parseInput(newApi, input);
    if (reserved.includes(identifier)) throw invalidField('identifier', 'is the broker’s own');
    return { id, identifier, ...overlay({ ...defaults, name }, given) };
  };
  const existing = async (id: string) => {
    const api = await store.find(id);
    if (!api) throw new Problem('not_found');
    return api;
  };
  const create = async (input: NewApi) => {
    const fields = fieldsOf(newId('api'), input);
    if (!(await store.create(fields))) {
      throw new Problem('conflict', { detail: 'There is an API with this identifier.' });
    }
    return await existing(fields.id);
  };

  const identifierCache = createRowCache(store.findByIdentifier, { ...registrationCache, clock });
  const readClient = async (id: string): Promise<ApiClient | undefined> => {
    const api = await store.find(id);
    const secretHash = api?.hasSecret ? await store.secretHashOf(id) : null;
    return api && secretHash !== null ? { api, secretHash } : undefined;
  };
  const clientCache = createRowCache(readClient, { ...registrationCache, clock });
  const clearCache = () => {
    identifierCache.clear();
    clientCache.clear();
  };
  const replace = async (fields: ApiFields) => {
    await store.replace(fields);
    clearCache();
  };

  return {
    create,
    list: (page) => store.list(parseInput(pageOf, page)),
    get: store.find,
    byIdentifier: identifierCache.get,
    async update(id, changes) {
      const before = await existing(id);
      const { identifier } = before;
      await replace({ id, identifier, ...overlay(before, parseInput(apiChanges, changes)) });
      return await existing(id);
    },
    async remove(id) {
      const removed = await store.remove(id);
      clearCache();
      return removed;
    },
    async rotateSecret(id) {
      const secret = new Secret(newSecret());
      if (!(await store.setSecret(id, hashOf(secret.reveal())))) throw new Problem('not_found');
      clearCache();
      return secret;
    },
    asClient: clientCache.get,
    clearCache,
    async ensure(input) {
      const known = await store.findByIdentifier(input.identifier);
      if (!known) return await create(input);
      await replace(fieldsOf(known.id, input));
      return await existing(known.id);
    },
  };
}

type Overlaid = Omit<ApiFields, 'id' | 'identifier'>;

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
  };
}
