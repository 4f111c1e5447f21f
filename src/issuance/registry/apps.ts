import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import type { Connections } from '../ports.ts';
import { type App, type AppChanges, isConfidential, type NewApp } from './app.ts';
import { createAppFields } from './app-fields.ts';
import { type AppPolicy, noPolicy, policyOf } from './app-policy.ts';
import type { AppFields, AppRows, StoredApp } from './app-store.ts';
import { type ListPage, pageOf, parseInput } from './input.ts';
import { registrationCache } from './registration-channel.ts';

/** The client apps: what the admin API and the command line work with. */
export interface AppStore {
  /** @throws Problem 422 naming the field. The secret is shown this once. */
  create(app: NewApp): Promise<{ app: App; clientSecret: Secret | undefined }>;
  list(page: ListPage): Promise<readonly App[]>;
  get(id: string): Promise<App | undefined>;
  /** @throws Problem not_found. */
  update(id: string, changes: AppChanges): Promise<App>;
  remove(id: string): Promise<boolean>;
  /** @throws Problem not_found, or conflict for an app that has none. */
  rotateSecret(id: string): Promise<Secret>;
  /** An app under an id of ours, made or brought up to date: the demo, the account page. Its secret, if any, is given. */
  ensure(id: string, app: NewApp, secret?: Secret): Promise<App>;
  /** By connection id; from the cache. */
  policyOf(id: string): Promise<AppPolicy>;
  /** The same, read from the table now. */
  policyNow(id: string): Promise<AppPolicy>;
  /** With the hash of its secret: for client authentication. From the cache. */
  stored(id: string): Promise<StoredApp | undefined>;
  /** Clears the cache: an app has changed at another process. */
  clearCache(): void;
}

export interface AppStoreDeps {
  readonly rows: AppRows;
  readonly connections: Connections;
  /** That may be told of a sign-out in spite of a private address. */
  readonly allowedPrivateHosts: readonly string[];
  readonly clock: Clock;
  /** Told when an app is switched off or removed, so that its tokens die. */
  readonly onGone: (id: string) => Promise<void>;
}

export function createApps(deps: AppStoreDeps): AppStore {
  const { rows, connections, clock, onGone } = deps;
  // An alias never changes, so the policy lasts as long as its row.
  const read = async (id: string) => {
    const app = await rows.find(id);
    return app && { app, policy: await policyOf(app, connections) };
  };
  const cache = createRowCache(read, { ...registrationCache, clock });
  const { fieldsOfNew, fieldsOfChanged, shown } = createAppFields(connections, deps.allowedPrivateHosts);

  const existing = async (id: string) => {
    const app = await rows.find(id);
    if (!app) throw new Problem('not_found');
    return app;
  };
  const save = async (fields: AppFields): Promise<App> => {
    await rows.replace(fields);
    cache.clear();
    return await shown(await existing(fields.id));
  };

  return {
    async create(app) {
      const secret = isConfidential(app.type) && !app.jwks ? new Secret(newSecret()) : undefined;
      const fields = await fieldsOfNew(newId('app'), app, secret);
      await rows.create(fields);
      return { app: await shown(await existing(fields.id)), clientSecret: secret };
    },
    list: async (page) => await Promise.all((await rows.list(parseInput(pageOf, page))).map(shown)),
    async get(id) {
      const app = await rows.find(id);
      return app && (await shown(app));
    },
    async update(id, changes) {
      const app = await save(await fieldsOfChanged(await existing(id), changes));
      if (changes.enabled === false) await onGone(id);
      return app;
    },
    async remove(id) {
      await onGone(id);
      const removed = await rows.remove(id);
      cache.clear();
      return removed;
    },
    async rotateSecret(id) {
      const { createdAt: _made, updatedAt: _changed, ...kept } = await existing(id);
      if (!isConfidential(kept.type) || kept.jwks)
        throw new Problem('conflict', { detail: 'This app has no secret.' });
      const secret = new Secret(newSecret());
      await save({ ...kept, secretHash: hashOf(secret.reveal()) });
      return secret;
    },
    async ensure(id, app, secret) {
      const fields = await fieldsOfNew(id, app, secret);
      return (await rows.create(fields)) ? await shown(await existing(id)) : await save(fields);
    },
    policyOf: async (id) => (await cache.get(id))?.policy ?? noPolicy,
    policyNow: async (id) => (await cache.getNow(id))?.policy ?? noPolicy,
    stored: async (id) => (await cache.get(id))?.app,
    clearCache: cache.clear,
  };
}
