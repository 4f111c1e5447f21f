import type { Clock } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import type { Connections } from '../ports.ts';
import { type App, type AppChanges, isConfidential, type NewApp } from './app.ts';
import { createAppFields } from './app-fields.ts';
import { type AppPolicy, noPolicy, policyOf } from './app-policy.ts';
import type { AppFields, AppStore, BackgroundApp, StoredApp } from './app-store.ts';
import { type ListPage, pageOf, parseInput } from './input.ts';
import { registrationCache } from './registration-channel.ts';

/**
 * The registered apps (OAuth clients), as the admin API and the command line manage them.
 *
 * This inner room owns apps, APIs (resource servers), their policies and their form as oidc-provider's clients. It checks
 * each input. It knows no tokens, consents or sessions; `onDisabled` tells the composing file to revoke an app's tokens.
 */
export interface AppRegistry {
  /** Returns the app and its secret, of which only the hash is stored. @throws Problem 422 naming the field. */
  create(app: NewApp): Promise<{ app: App; clientSecret: Secret | undefined }>;
  list(page: ListPage): Promise<readonly App[]>;
  get(id: string): Promise<App | undefined>;
  /** @throws Problem not_found. */
  update(id: string, changes: AppChanges): Promise<App>;
  remove(id: string): Promise<boolean>;
  /** @throws Problem not_found, or conflict for an app that has none. */
  rotateSecret(id: string): Promise<Secret>;
  /** Creates or updates an app of the broker's own under a fixed id and secret: the demo, the account page. */
  ensure(id: string, app: NewApp, secret?: Secret): Promise<App>;
  /** Returns the policy by connection id. Reads through the cache. */
  policyOf(id: string): Promise<AppPolicy>;
  /** Returns the same, past the cache. */
  policyNow(id: string): Promise<AppPolicy>;
  /** Returns the app with the hash of its secret, for client authentication. Reads through the cache. */
  stored(id: string): Promise<StoredApp | undefined>;
  /** Returns the enabled apps that may use these connections in the background. */
  inBackground(connectionIds: readonly string[]): Promise<readonly BackgroundApp[]>;
  /** Clears the cache, because an app has changed at another process. */
  clearCache(): void;
}

export interface AppRegistryDeps {
  readonly store: AppStore;
  readonly connections: Connections;
  /** Hosts that may receive logout tokens although their address is private. */
  readonly allowedPrivateHosts: readonly string[];
  readonly clock: Clock;
  /** Called when an app is disabled or removed, so that its tokens are revoked. */
  readonly onDisabled: (id: string) => Promise<void>;
}

export function createApps(deps: AppRegistryDeps): AppRegistry {
  const { store, connections, clock, onDisabled } = deps;
  // An alias never changes, so the policy lasts as long as its row.
  const read = async (id: string) => {
    const app = await store.find(id);
    return app && { app, policy: await policyOf(app, connections) };
  };
  const cache = createRowCache(read, { ...registrationCache, clock });
  const { fieldsOfNew, fieldsOfChanged, appOf } = createAppFields(connections, deps.allowedPrivateHosts);

  const existing = async (id: string) => {
    const app = await store.find(id);
    if (!app) throw new Problem('not_found');
    return app;
  };
  const save = async (fields: AppFields): Promise<App> => {
    await store.replace(fields);
    cache.clear();
    return await appOf(await existing(fields.id));
  };

  return {
    async create(app) {
      const secret = isConfidential(app.type) && !app.jwks ? new Secret(newSecret()) : undefined;
      const fields = await fieldsOfNew(newId('app'), app, secret);
      await store.create(fields);
      return { app: await appOf(await existing(fields.id)), clientSecret: secret };
    },
    list: async (page) => await Promise.all((await store.list(parseInput(pageOf, page))).map(appOf)),
    async get(id) {
      const app = await store.find(id);
      return app && (await appOf(app));
    },
    async update(id, changes) {
      const app = await save(await fieldsOfChanged(await existing(id), changes));
      if (changes.enabled === false) await onDisabled(id);
      return app;
    },
    async remove(id) {
      await onDisabled(id);
      const removed = await store.remove(id);
      cache.clear();
      return removed;
    },
    async rotateSecret(id) {
      const { createdAt: _made, updatedAt: _changed, ...fields } = await existing(id);
      if (!isConfidential(fields.type) || fields.jwks)
        throw new Problem('conflict', { detail: 'This app has no secret.' });
      const secret = new Secret(newSecret());
      await save({ ...fields, secretHash: hashOf(secret.reveal()) });
      return secret;
    },
    async ensure(id, app, secret) {
      const fields = await fieldsOfNew(id, app, secret);
      return (await store.create(fields)) ? await appOf(await existing(id)) : await save(fields);
    },
    policyOf: async (id) => (await cache.get(id))?.policy ?? noPolicy,
    policyNow: async (id) => (await cache.getNow(id))?.policy ?? noPolicy,
    stored: async (id) => (await cache.get(id))?.app,
    inBackground: store.inBackground,
    clearCache: cache.clear,
  };
}
