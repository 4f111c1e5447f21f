import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import { type Edit, requireVersion, StaleVersion } from '../../kit/versions.ts';
import { type Api, type ApiChanges, apiChanges, type NewApi, newApi } from './api.ts';
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
  /** @throws Problem not_found; StaleVersion */
  update(id: string, changes: ApiChanges, edit?: Edit): Promise<Api>;
  /** Returns false when there is no such API. @throws StaleVersion */
  remove(id: string, edit?: Edit): Promise<boolean>;
  /**
   * Replaces the secret by which the API authenticates under its id, to introspect. Only its hash is stored.
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

/** A change of an API is tried again, where another one came between. */
const mostTries = 5;

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
  const create = async (input: NewApi, { managedBy = null }: Edit = {}) => {
    const fields = fieldsOf(newId('api'), input);
    if (!(await store.create(fields, managedBy))) {
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
  /** Makes the new fields from the present ones, again where another change came between. @throws StaleVersion */
  const change = async (id: string, edit: Edit, make: (before: Api) => ApiFields) => {
    for (let tries = 1; ; tries += 1) {
      const before = await existing(id);
      requireVersion(before.version, edit);
      try {
        await store.replace(make(before), { ...edit, version: before.version });
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
    list: (page) => store.list(parseInput(pageOf, page)),
    get: store.find,
    byIdentifier: identifierCache.get,
    update: (id, changes, edit = {}) =>
      change(id, edit, (before) => ({
        id,
        identifier: before.identifier,
        ...overlay(before, parseInput(apiChanges, changes)),
      })),
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
      const fields = fieldsOf(known.id, input);
      const { hasSecret: _s, managedBy: _m, version: _v, createdAt: _c, ...present } = known;
      // Each start calls it, and what stays the same is no change.
      return isDeepStrictEqual(present, fields) ? known : await change(known.id, {}, () => fields);
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
