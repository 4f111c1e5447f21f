import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { type Api, type ApiChanges, apiChanges, type NewApi, newApi } from './api.ts';
import type { ApiFields, ApiRows } from './api-store.ts';
import { type ListPage, pageOf, parseInput, refuse } from './input.ts';

/** The resource servers: what the admin API and the command line work with. */
export interface ApiStore {
  /** @throws Problem 422 naming the field, or conflict. */
  create(api: NewApi): Promise<Api>;
  list(page: ListPage): Promise<readonly Api[]>;
  get(id: string): Promise<Api | undefined>;
  byIdentifier(identifier: string): Promise<Api | undefined>;
  /** @throws Problem not_found. */
  update(id: string, changes: ApiChanges): Promise<Api>;
  remove(id: string): Promise<boolean>;
  /** Made, or brought up to date, by its identifier. */
  ensure(api: NewApi): Promise<Api>;
}

export function createApis(rows: ApiRows, issuer: string): ApiStore {
  const reserved = [`${issuer}/v1`, `${issuer}/userinfo`];
  const fieldsOf = (id: string, input: NewApi): ApiFields => {
    const {
      name,
      identifier,
      scopes = [],
      accessTokenFormat = 'jwt',
      accessTokenLifetime = 3600,
    } = parseInput(newApi, input);
    if (reserved.includes(identifier)) throw refuse('identifier', 'is the broker’s own');
    return { id, name, identifier, scopes, accessTokenFormat, accessTokenLifetime };
  };
  const existing = async (id: string) => {
    const api = await rows.find(id);
    if (!api) throw new Problem('not_found');
    return api;
  };
  const create = async (input: NewApi) => {
    const fields = fieldsOf(newId('api'), input);
    if (!(await rows.create(fields))) {
      throw new Problem('conflict', { detail: 'There is an API with this identifier.' });
    }
    return await existing(fields.id);
  };

  return {
    create,
    list: (page) => rows.list(parseInput(pageOf, page)),
    get: rows.find,
    byIdentifier: rows.findByIdentifier,
    async update(id, changes) {
      const { createdAt: _made, ...before } = await existing(id);
      const given = parseInput(apiChanges, changes);
      await rows.replace({
        ...before,
        name: given.name ?? before.name,
        scopes: given.scopes ?? before.scopes,
        accessTokenFormat: given.accessTokenFormat ?? before.accessTokenFormat,
        accessTokenLifetime: given.accessTokenLifetime ?? before.accessTokenLifetime,
      });
      return await existing(id);
    },
    remove: rows.remove,
    async ensure(input) {
      const known = await rows.findByIdentifier(input.identifier);
      if (!known) return await create(input);
      await rows.replace(fieldsOf(known.id, input));
      return await existing(known.id);
    },
  };
}
