import type { z } from 'zod';
import type { Clock } from '../kit/clock.ts';
import { hashOf, newId, newSecret } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import { Secret } from '../kit/secret.ts';
import {
  type App,
  type AppChanges,
  appChanges,
  appFaults,
  isConfidential,
  type NewApp,
  newApp,
} from './app.ts';
import { type AppPolicy, createAppPolicies } from './app-policies.ts';
import type { AppFields, AppRows, StoredApp } from './app-store.ts';
import { parseInput, refuse } from './input.ts';
import type { Connections } from './ports.ts';

/** The client apps: what the admin API and the command line work with. */
export interface AppStore {
  /** @throws Problem 422 naming the field. The secret is shown this once. */
  create(app: NewApp): Promise<{ app: App; clientSecret: Secret | undefined }>;
  list(page: { limit: number; cursor?: string | undefined }): Promise<readonly App[]>;
  get(id: string): Promise<App | undefined>;
  /** @throws Problem not_found. */
  update(id: string, changes: AppChanges): Promise<App>;
  remove(id: string): Promise<boolean>;
  /** @throws Problem not_found, or conflict for an app that has none. */
  rotateSecret(id: string): Promise<Secret>;
  /** An app under an id of ours, made or brought up to date: the demo, the account page. Its secret, if any, is given. */
  ensure(id: string, app: NewApp, secret?: Secret): Promise<App>;
  /** By connection id; from memory for up to five seconds. */
  policyOf(id: string): Promise<AppPolicy>;
  /** With the hash of its secret: for client authentication. */
  stored(id: string): Promise<StoredApp | undefined>;
}

export interface AppStoreDeps {
  readonly rows: AppRows;
  readonly connections: Connections;
  readonly clock: Clock;
  /** Told when an app is switched off or removed, so that its tokens die. */
  readonly onGone: (id: string) => Promise<void>;
}

const defaults = {
  enabled: true,
  firstParty: false,
  pkceRequired: true,
  redirectUris: [],
  postLogoutRedirectUris: [],
  homepage: null,
  connections: [],
  apis: [],
  accessTokenFormat: null,
  accessTokenLifetime: null,
} as const;

export function createApps({ rows, connections, clock, onGone }: AppStoreDeps): AppStore {
  const policies = createAppPolicies({ rows, connections, clock });

  const storedConnections = (lines: z.output<typeof appChanges>['connections'] = []) =>
    Promise.all(
      lines.map(async ({ connection, ...line }, index) => {
        const connectionId = await connections.connectionIdOf(connection);
        const path = `connections.${index}.connection`;
        if (connectionId === undefined)
          throw refuse(path, `there is no connection ${JSON.stringify(connection)}`);
        return { connectionId, ...line };
      }),
    );
  const shown = async ({ secretHash: _secret, connections: lines, ...app }: StoredApp): Promise<App> => {
    const named = await Promise.all(
      lines.map(async ({ connectionId, scopes, background }) => {
        const connection = await connections.aliasOf(connectionId);
        return connection === undefined ? [] : [{ connection, scopes, background }];
      }),
    );
    return { ...app, connections: named.flat() };
  };
  const fieldsOf = async (id: string, app: NewApp, secretHash: string | null): Promise<AppFields> => {
    const { connections: lines, ...given } = parseInput(newApp, app);
    const fields = {
      ...defaults,
      ...defined(given),
      id,
      secretHash,
      connections: await storedConnections(lines),
    };
    return checked(fields);
  };
  const existing = async (id: string) => {
    const app = await rows.find(id);
    if (!app) throw new Problem('not_found');
    return app;
  };
  const save = async (fields: AppFields): Promise<App> => {
    await rows.replace(fields);
    policies.forget(fields.id);
    return await shown(await existing(fields.id));
  };

  return {
    async create(app) {
      const clientSecret = isConfidential(app.type) ? new Secret(newSecret()) : undefined;
      const fields = await fieldsOf(newId('app'), app, clientSecret ? hashOf(clientSecret.reveal()) : null);
      await rows.create(fields);
      return { app: await shown(await existing(fields.id)), clientSecret };
    },
    async list({ limit, cursor }) {
      return await Promise.all((await rows.list(limit, cursor)).map(shown));
    },
    async get(id) {
      const app = await rows.find(id);
      return app && (await shown(app));
    },
    async update(id, changes) {
      const { connections: lines, ...given } = parseInput(appChanges, changes);
      const before = await existing(id);
      const { createdAt: _made, updatedAt: _changed, ...kept } = before;
      const policy = lines ? await storedConnections(lines) : before.connections;
      const app = await save(checked({ ...kept, ...defined(given), connections: policy }));
      if (given.enabled === false) await onGone(id);
      return app;
    },
    async remove(id) {
      await onGone(id);
      policies.forget(id);
      return await rows.remove(id);
    },
    async rotateSecret(id) {
      const { createdAt: _made, updatedAt: _changed, ...kept } = await existing(id);
      if (!isConfidential(kept.type)) throw new Problem('conflict', { detail: 'This app has no secret.' });
      const secret = new Secret(newSecret());
      await save({ ...kept, secretHash: hashOf(secret.reveal()) });
      return secret;
    },
    async ensure(id, app, secret) {
      const fields = await fieldsOf(id, app, secret ? hashOf(secret.reveal()) : null);
      if (await rows.create(fields)) return await shown(await existing(id));
      return await save(fields);
    },
    policyOf: policies.of,
    stored: rows.find,
  };
}

function checked(fields: AppFields): AppFields {
  const [first] = appFaults(fields);
  if (first) throw refuse(first.field, first.fault);
  return fields;
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the members that say nothing, which would write over what stays. */
function defined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
}
