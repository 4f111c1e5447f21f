import { type Client, errors, Provider } from 'oidc-provider';
import type { ConsentStore } from './consent-store.ts';
import { oidcScopes, type ResourceServers } from './resource-servers.ts';

export interface ResourceAtRefreshDeps {
  readonly resourceServers: Pick<ResourceServers, 'describe' | 'waivesConsent'>;
  readonly consents: Pick<ConsentStore, 'find'>;
}

type RefreshToken = InstanceType<Provider['RefreshToken']>;

/**
 * Lets a refresh request name an API that the sign-in did not name. It gets the scopes that the person has allowed this
 * app, or that need no consent. The API is added to the grant and the refresh token before oidc-provider reads them.
 */
export function createResourceAtRefresh({ resourceServers, consents }: ResourceAtRefreshDeps) {
  /** Returns the scopes that the app may have; all consented ones if it asked for none. */
  async function allowedScopes(client: Client, userId: string, { resource, asked }: Asked) {
    const server = await resourceServers.describe(client, resource, false);
    if (await resourceServers.waivesConsent(client, resource)) {
      const apiScopes = new Set(server.scope.split(' '));
      return asked.filter((scope) => apiScopes.has(scope));
    }
    const consented = (await consents.find(userId, client.clientId))?.scopes.resources[resource];
    if (!consented)
      throw new errors.InvalidTarget('the person has not allowed this app to use this resource');
    return asked.length === 0 ? consented : asked.filter((scope) => consented.includes(scope));
  }

  async function addResource(token: RefreshToken): Promise<void> {
    const { client, params, route, provider } = Provider.ctx?.oidc ?? {};
    const resource = params?.resource;
    const isRefresh = route === 'token' && params?.grant_type === 'refresh_token';
    if (!provider || !client || !isRefresh || typeof resource !== 'string') return;
    if (token.clientId !== client.clientId || token.resourceIndicators.has(resource)) return;
    if (token.isExpired || token.consumed || token.grantId === undefined) return;

    const asked = String(params?.scope ?? '')
      .split(' ')
      .filter((scope) => scope !== '' && !token.scopes.has(scope));
    const scopes = await allowedScopes(client, token.accountId, { resource, asked });
    const grant = await provider.Grant.find(token.grantId);
    if (!grant) return;
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

interface Asked {
  readonly resource: string;
  /** The requested scopes that the refresh token does not have yet. */
  readonly asked: readonly string[];
}
