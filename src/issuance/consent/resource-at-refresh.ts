import { type Client, errors, Provider } from 'oidc-provider';
import { connectionsBound, connectionsNamed, type KnownConnections } from './connection-binding.ts';
import type { ConsentStore } from './consent-store.ts';
import { oidcScopes, type ResourceServers } from './resource-servers.ts';
import { type BoundGrant, bindingOfGrant } from './scopes.ts';

export interface ResourceAtRefreshDeps {
  readonly resourceServers: Pick<ResourceServers, 'describe' | 'waivesConsent'>;
  readonly consents: Pick<ConsentStore, 'find'>;
  readonly knownConnections: KnownConnections;
}

type RefreshToken = InstanceType<Provider['RefreshToken']>;

/**
 * Lets a refresh request name an API that the sign-in did not name. It gets the scopes that the person has allowed this
 * app, or that need no consent. The API is added to the grant and the refresh token before oidc-provider reads them.
 */
export function createResourceAtRefresh({
  resourceServers,
  consents,
  knownConnections,
}: ResourceAtRefreshDeps) {
  /** Returns the scopes that the app may have, with their connections; all consented ones if it asked for none. */
  async function allowedScopes(client: Client, userId: string, { resource, asked }: Asked): Promise<Allowed> {
    const known = await knownConnections();
    const server = await resourceServers.describe(client, resource, false);
    if (await resourceServers.waivesConsent(client, resource)) {
      const apiScopes = new Set(server.scope.split(' '));
      const names = asked.filter((scope) => apiScopes.has(scope));
      return { names, connections: connectionsNamed(names, known) };
    }
    const { scopes } = (await consents.find(userId, client.clientId)) ?? {};
    const consented = scopes?.resources[resource];
    if (!scopes || !consented)
      throw new errors.InvalidTarget('the person has not allowed this app to use this resource');
    const names = asked.length === 0 ? consented : asked.filter((scope) => consented.includes(scope));
    return { names, connections: scopes.connections };
  }

  async function addResource(token: RefreshToken): Promise<void> {
    const { client, params, route, provider } = Provider.ctx?.oidc ?? {};
    const named = params?.resource;
    const isRefresh = route === 'token' && params?.grant_type === 'refresh_token';
    if (!provider || !client || !isRefresh || typeof named !== 'string') return;
    if (token.clientId !== client.clientId || token.resourceIndicators.has(named)) return;
    if (token.isExpired || token.consumed || token.grantId === undefined) return;
    const { audience: resource } = await resourceServers.describe(client, named, false);
    params.resource = resource;

    const asked = String(params?.scope ?? '')
      .split(' ')
      .filter((scope) => scope !== '' && !token.scopes.has(scope));
    const { names: scopes, connections } = await allowedScopes(client, token.accountId, { resource, asked });
    const grant: BoundGrant | undefined = await provider.Grant.find(token.grantId);
    if (!grant) return;
    const before =
      grant.connections ?? connectionsBound(token.scopes, bindingOfGrant(grant), await knownConnections());
    grant.connections = [...new Set([...before, ...connections])];
    const oidc = oidcScopes.filter((scope) => token.scopes.has(scope));
    grant.addResourceScope(resource, [...oidc, ...scopes].join(' '));
    await grant.save();
    const granted = [...token.resourceIndicators].filter((known) => known !== undefined);
    token.resource = [...granted, resource];
    token.scope = [...new Set([...token.scopes, ...scopes])].join(' ');
  }

  return {
    install({ RefreshToken }: Provider): void {
      const { find } = RefreshToken;
      Object.assign(RefreshToken, {
        async find(...[value, options]: Parameters<typeof find>) {
          const token = await find.call(RefreshToken, value, options);
          if (token instanceof RefreshToken) await addResource(token);
          return token;
        },
      });
    },
  };
}

interface Allowed {
  readonly names: readonly string[];
  readonly connections: readonly string[];
}

interface Asked {
  readonly resource: string;
  /** The requested scopes that the refresh token does not have yet. */
  readonly asked: readonly string[];
}
