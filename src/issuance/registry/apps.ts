import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { after, type Clock, hours } from '../../kit/clock.ts';
import { createRowCache } from '../../kit/database/row-cache.ts';
import { hashOf, newId, newSecret } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import { type Edit, requireVersion, StaleVersion } from '../../kit/versions.ts';
import type { Connections } from '../ports.ts';
import { type App, type AppChanges, hasKeys, isConfidential, type NewApp } from './app.ts';
import type { AppAtConnection } from './app-at-connections-store.ts';
import { createAppFields } from './app-fields.ts';
import type { AppFilter } from './app-list-store.ts';
import { type AppPolicy, noPolicy, policyOf } from './app-policy.ts';
import type { AppFields, AppStore, StoredApp } from './app-store.ts';
import { type ListPage, pageOfApps, parseInput } from './input.ts';
import { registrationCache } from './registration-channel.ts';

/**
 * The registered apps (OAuth clients), as the admin API and the command line manage them.
 *
 * This inner room owns apps, APIs (resource servers), their policies and their form as oidc-provider's clients. It checks
 * each input. It knows no tokens, consents or sessions; `onDisabled` tells the composing file to delete what was issued to an app.
 */
export interface AppRegistry {
  /** Returns the app and its secret, of which only the hash is stored. @throws Problem 422 naming the field. */
  create(app: NewApp, edit?: Edit, given?: GivenApp): Promise<{ app: App; clientSecret: Secret | undefined }>;
  list(question: AppQuestion): Promise<readonly App[]>;
  get(id: string): Promise<App | undefined>;
  /** @throws Problem not_found; StaleVersion */
  update(id: string, changes: AppChanges, edit?: Edit): Promise<App>;
  /** Ends all its tokens. The app can be restored for a day. @throws StaleVersion */
  remove(id: string, edit?: Edit): Promise<boolean>;
  /**
   * Brings a removed app back, switched off and without tokens: for a day, and one with a metadata document at any time.
   * @throws Problem not_found
   */
  restore(id: string): Promise<App>;
  /** Deletes the apps that can no longer be restored. Returns their ids. */
  deleteRemoved(): Promise<readonly string[]>;
  /** @throws Problem not_found, or conflict for an app that has none; StaleVersion */
  rotateSecret(id: string, edit?: Edit, secret?: Secret): Promise<Secret>;
  /** Returns whether this is the app's secret. */
  hasSecret(id: string, secret: Secret): Promise<boolean>;
  /** Creates or updates an app of the broker's own under a fixed id and secret: the demo, the account page. */
  ensure(id: string, app: NewApp, secret?: Secret): Promise<App>;
  /** Returns the policy by connection id. Reads through the cache. */
  policyOf(id: string): Promise<AppPolicy>;
  /** Returns the same, past the cache. */
  policyNow(id: string): Promise<AppPolicy>;
  /** Returns the app with the hash of its secret, for client authentication. Reads through the cache. */
  stored(id: string): Promise<StoredApp | undefined>;
  /** Returns the app with its policy if it is in the cache. */
  peek(id: string): { readonly app: StoredApp; readonly policy: AppPolicy } | undefined;
  /** Returns the enabled apps that may use these connections in the background, and the operator's own. */
  atConnections(connectionIds: readonly string[]): Promise<readonly AppAtConnection[]>;
  /** Clears the cache, because an app has changed at another process. */
  clearCache(): void;
}

/** A page of the apps in use, or with `removed` of those that can be restored. */
export type AppQuestion = ListPage &
  Omit<AppFilter, 'connectionIds'> & {
    readonly removed?: boolean | undefined;
    /** Aliases, of which the policy names any. */
    readonly connections?: readonly string[] | undefined;
  };

/** The id and the secret of a new app, where the operator has chosen them. */
export interface GivenApp {
  readonly id?: string | undefined;
  readonly secret?: Secret | undefined;
}

export interface AppRegistryDeps {
  readonly store: AppStore;
  readonly connections: Connections;
  /** Hosts that may receive logout tokens although their address is private. */
  readonly allowedPrivateHosts: readonly string[];
  readonly clock: Clock;
  /** Called when an app was disabled or removed, to delete what was issued to it. The store has revoked it already. */
  readonly onDisabled: (id: string) => Promise<void>;
}

/** A change of an app is tried again, where another one came between. */
const mostTries = 5;
/** Until then a removed app can be restored. One with a metadata document can be restored later too. */
const restorable = hours(24);

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
  /** Makes the new fields from the present ones, again where another change came between. @throws StaleVersion */
  const change = async (id: string, edit: Edit, make: (before: StoredApp) => Promise<AppFields>) => {
    for (let tries = 1; ; tries += 1) {
      const before = await existing(id);
      requireVersion(before.version, edit);
      const { managedBy = before.managedBy } = edit;
      try {
        const after = await make(before);
        const ending = before.enabled && !after.enabled ? 'ending' : undefined;
        await store.replace({ ...after, managedBy }, before.version, ending);
        cache.clear();
        return await appOf(await existing(id));
      } catch (error) {
        const isRace = error instanceof StaleVersion && edit.version === undefined && tries < mostTries;
        if (!isRace) throw error;
      }
    }
  };

  return {
    async create(app, { managedBy = null } = {}, { id = newId('app'), secret: given } = {}) {
      const secret =
        isConfidential(app.type) && !hasKeys(app) ? (given ?? new Secret(newSecret())) : undefined;
      const fields = await fieldsOfNew(id, app, secret);
      if (!(await store.create({ ...fields, managedBy })))
        throw new Problem('conflict', { detail: `There is an app ${id} already.` });
      return { app: await appOf(await existing(fields.id)), clientSecret: secret };
    },
    async list({ limit, cursor, removed, connections: aliases, ...filter }) {
      const page = parseInput(pageOfApps, { limit, cursor });
      const asked = aliases && (await connections.known()).filter(({ alias }) => aliases.includes(alias));
      const connectionIds = asked?.map(({ id }) => id);
      const found = await store.list({ ...page, removed, filter: { ...filter, connectionIds } });
      return await Promise.all(found.map(appOf));
    },
    async get(id) {
      const app = await store.find(id);
      return app && (await appOf(app));
    },
    async update(id, changes, edit = {}) {
      const app = await change(id, edit, (before) => fieldsOfChanged(before, changes));
      if (changes.enabled === false) await onDisabled(id);
      return app;
    },
    async remove(id, edit) {
      const removed = await store.remove(id, clock.now(), edit);
      cache.clear();
      if (removed) await onDisabled(id);
      return removed;
    },
    async restore(id) {
      // A process may have issued a token while the removal reached it, or have ended before it had revoked them all.
      await onDisabled(id);
      const now = clock.now();
      if (!(await store.restore(id, after(now, -restorable), now))) throw new Problem('not_found');
      cache.clear();
      return await appOf(await existing(id));
    },
    deleteRemoved: () => store.deleteRemoved(after(clock.now(), -restorable)),
    async rotateSecret(id, edit = {}, secret = new Secret(newSecret())) {
      await change(id, edit, async (before) => {
        if (!isConfidential(before.type) || hasKeys(before))
          throw new Problem('conflict', { detail: 'This app has no secret.' });
        return { ...fieldsOf(before), secretHash: hashOf(secret.reveal()) };
      });
      return secret;
    },
    async ensure(id, app, secret) {
      const fields = await fieldsOfNew(id, app, secret);
      const known = await store.find(id);
      // Each start calls it, and what stays the same is no change.
      if (known && isDeepStrictEqual(fieldsOf(known), fields)) return await appOf(known);
      if (!(await store.create(fields))) await store.replace(fields);
      cache.clear();
      return await appOf(await existing(id));
    },
    async hasSecret(id, secret) {
      const { secretHash = null } = (await store.find(id)) ?? {};
      return secretHash !== null && isSameHash(secretHash, hashOf(secret.reveal()));
    },
    policyOf: async (id) => (await cache.get(id))?.policy ?? noPolicy,
    policyNow: async (id) => (await cache.getNow(id))?.policy ?? noPolicy,
    stored: async (id) => (await cache.get(id))?.app,
    peek: cache.peek,
    atConnections: store.atConnections,
    clearCache: cache.clear,
  };
}

function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Returns the fields of an app that a change writes. */
export function fieldsOf({
  createdAt: _c,
  updatedAt: _u,
  version: _v,
  removedAt: _r,
  documentReadAt: _read,
  documentFreshUntil: _fresh,
  lastUsedAt: _used,
  ...fields
}: StoredApp): AppFields {
  return fields;
}
