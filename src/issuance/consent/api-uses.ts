import type Provider from 'oidc-provider';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { KnownConnection } from '../ports.ts';
import type { Api, ApiConnection } from '../registry/api.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { StoredApp } from '../registry/app-store.ts';
import type { AppRegistry } from '../registry/apps.ts';
import { providerTokenScope } from './resource-servers.ts';
import { type BoundGrant, scopesOfGrant } from './scopes.ts';
import type { AppOfPerson, StandingScopes } from './standing-scopes.ts';

/** An API that acts for a person, on behalf of the app through which the person called it. */
export interface ApiForPerson extends AppOfPerson {
  readonly apiId: string;
  /** The client that acts for the API: the API itself, or the app that it names. */
  readonly actor: string;
}

/** The policies of APIs, and what people let them do on behalf of apps. */
export interface ApiUses {
  /** Returns the API's line for a connection; undefined: there is none. Unless `asOf` is `now`, both may be cached. */
  of(use: ApiForPerson, connection: Connection, asOf?: 'now'): Promise<ApiUse | undefined>;
  /** Returns the API and the app if the person can be asked to allow it; undefined: one of them is gone. */
  askable(use: Asked, connection: Connection): Promise<Askable | undefined>;
  /** Stores that the person allows it, in the consent and in the grants of the app that are for this API. */
  allow(use: Asked, connection: Connection, at: Date): Promise<void>;
  /** Returns the scopes of the API that the person has added to a grant since its tokens were issued. */
  addedTo(grantId: string, api: Pick<Api, 'identifier'>): Promise<Added>;
}

type Asked = Pick<ApiForPerson, 'userId' | 'clientId' | 'apiId'>;

export interface Askable {
  readonly api: Api;
  readonly app: StoredApp;
  /** The person is not asked for consent, since both are the operator's. */
  readonly waived: boolean;
}

type Connection = Pick<KnownConnection, 'id' | 'alias'>;

export interface ApiUse {
  readonly line: ApiConnection;
  /** The person lets this API use their accounts of the connection, when this app calls it. */
  readonly isAllowed: boolean;
}

export interface Added {
  readonly scopes: readonly string[];
  /** The ids of the connections that the scopes are for. */
  readonly connections: readonly string[];
}

export interface ApiUsesDeps {
  readonly apis: Pick<ApiRegistry, 'known' | 'now'>;
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly standingScopes: Pick<StandingScopes, 'atApi' | 'allow'>;
  readonly artifacts: Pick<ArtifactStore, 'grantsOf'>;
  readonly provider: () => Provider;
}

export function createApiUses({ apis, apps, standingScopes, artifacts, provider }: ApiUsesDeps): ApiUses {
  const findGrant = async (grantId: string): Promise<BoundGrant | undefined> =>
    await provider().Grant.find(grantId);

  const find = async ({ clientId, apiId }: Asked, connectionId: string, asOf?: 'now') => {
    const api = asOf ? await apis.now(apiId) : await apis.known(apiId);
    const line = api?.connections.find((one) => one.connectionId === connectionId);
    const app = await apps.stored(clientId);
    if (!api || !line || !app?.enabled) return undefined;
    // The operator's own app asks its people nothing for an API that waives it.
    return { api, line, app, waived: app.firstParty && api.firstPartySkipsConsent };
  };

  return {
    askable: (use, { id }) => find(use, id, 'now'),
    async of(use, { id, alias }, asOf) {
      const { userId, clientId, actor } = use;
      const found = await find(use, id, asOf);
      if (!found) return undefined;
      const { api, line, waived } = found;
      if (actor !== api.id && actor !== api.client) return undefined;
      if (waived) return { line, isAllowed: true };
      const standing = await standingScopes.atApi({ userId, clientId }, api.identifier, asOf);
      const isAllowed = standing.scopes.has(providerTokenScope + alias) && standing.connections.has(id);
      return { line, isAllowed };
    },
    async allow({ userId, clientId, apiId }, connection, at) {
      const api = await apis.now(apiId);
      if (!api) return;
      const { identifier } = api;
      await standingScopes.allow({ userId, clientId, connection, api: identifier, at });
      const scope = providerTokenScope + connection.alias;
      for (const { grantId, payload } of await artifacts.grantsOf({ accountId: userId, clientId })) {
        if (!scopesOfGrant(payload, identifier).some(Boolean)) continue;
        const grant = await findGrant(grantId);
        // A grant that names the scope for an earlier connection of the alias must not count for this one.
        const isOfEarlier =
          scopesOfGrant(payload).includes(scope) && !grant?.connections?.includes(connection.id);
        if (!grant || isOfEarlier) continue;
        // A withdrawal ends the grants that name the scope, so the grant names it too.
        grant.addResourceScope(identifier, scope);
        grant.connections = [...new Set([...(grant.connections ?? []), connection.id])];
        const before = grant.later?.[identifier] ?? [];
        grant.later = { ...grant.later, [identifier]: [...new Set([...before, scope])] };
        await grant.save();
      }
    },
    async addedTo(grantId, { identifier }) {
      const grant = await findGrant(grantId);
      return { scopes: grant?.later?.[identifier] ?? [], connections: grant?.connections ?? [] };
    },
  };
}
