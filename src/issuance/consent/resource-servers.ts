import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import type { Api } from '../registry/api.ts';
import type { ApiRegistry } from '../registry/apis.ts';
import type { AppType } from '../registry/app.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { registeredResource } from '../registry/resource-identifiers.ts';

export const oidcScopes = ['openid', 'profile', 'email', 'offline_access'] as const;
export const providerTokenScope = 'idp:';

/** The resource of a request, and the scopes, format and lifetime of tokens for it (RFC 8707). */
export interface ResourceServers {
  /** Returns the resource of a request without one: the first granted one, its `audience`, or the broker's own API. */
  defaultResource(ctx: KoaContextWithOIDC, client: Client, oneOf?: readonly string[]): string | string[];
  /**
   * Sets the scope of a client-credentials request without one (RFC 6749 section 3.3), since apps made for Auth0 name none.
   * The scope is the app's default for this API, else all scopes of the API. Scopes for provider tokens must be named by the
   * request or the default.
   */
  supplyScope(ctx: KoaContextWithOIDC, server: ResourceServer): void;
  /**
   * Returns the resource server, whose `audience` is the registered spelling of the resource. `clientCredentials`: the app
   * acts for itself, without a person.
   * @throws errors.InvalidTarget when there is no such resource, or the app may not ask for it.
   */
  describe(client: Client, resource: string, clientCredentials: boolean): Promise<NamedResource>;
  /**
   * Returns the scopes of an authorization request that names APIs, and no scope: those that the APIs do not mark as
   * optional. An API without such scopes gets a token with `openid`. The broker's own API has no default.
   */
  defaultScopes(identifiers: readonly string[]): Promise<readonly string[]>;
  /** Returns whether this app may use the resource without asking its users. */
  waivesConsent(client: Client, resource: string): Promise<boolean>;
}

/** A resource server whose `audience` is the registered identifier. */
export type NamedResource = ResourceServer & { readonly audience: string };

export interface ResourceServerDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppRegistry, 'policyOf'>;
  readonly apis: Pick<ApiRegistry, 'byIdentifier' | 'open'>;
}

/** Returns `idp:{alias}` for each connection of the API's policy: the accounts that it may use on behalf of people. */
function accountScopesOf({ connections }: Pick<Api, 'connections'>): readonly string[] {
  return connections.map(({ connection }) => `${providerTokenScope}${connection}`);
}

type ApiSettings = Pick<
  Api,
  'accessTokenFormat' | 'accessTokenLifetime' | 'browserAccessTokenLifetime' | 'signingAlg'
>;

/** The settings of the broker's own API. Lifetimes are in seconds. */
const ownApiSettings: ApiSettings = {
  accessTokenFormat: 'jwt',
  signingAlg: 'RS256',
  accessTokenLifetime: 3600,
  browserAccessTokenLifetime: null,
};

export function createResourceServers({ audiences, apps, apis }: ResourceServerDeps): ResourceServers {
  /** Returns `idp:{alias}` for each connection of the app's policy; with client credentials, only for background use. */
  const providerTokenScopes = async (clientId: string, clientCredentials: boolean) => {
    const lines = [...(await apps.policyOf(clientId)).values()];
    return lines
      .filter(({ background }) => background || !clientCredentials)
      .map(({ alias }) => `${providerTokenScope}${alias}`);
  };
  /** Returns the scopes that the app may request for the resource, and the settings of its tokens. */
  const scopesAndSettings = async (client: Client, resource: string, clientCredentials: boolean) => {
    const traits = traitsOf(client);
    const open = traits.registration === null ? [] : await apis.open();
    const identifier = registeredResource(resource, [audiences.broker, ...traits.apis, ...open]);
    if (identifier === audiences.broker) {
      const scopes = await providerTokenScopes(client.clientId, clientCredentials);
      return { identifier, scopes, ...ownApiSettings };
    }
    const api = identifier === undefined ? undefined : await apis.byIdentifier(identifier);
    if (!api) throw new errors.InvalidTarget('the resource is unknown, or not open to this app');
    // The API acts for a person who calls it, so no app gets these scopes for itself.
    const accounts = clientCredentials ? [] : accountScopesOf(api);
    return { ...api, scopes: [...api.scopes.map(({ name }) => name), ...accounts] };
  };

  return {
    defaultResource(ctx, _client, oneOf) {
      // A request that names several resources gets an error from oidc-provider, so all of them are returned.
      if (oneOf) return Array.isArray(ctx.oidc.params?.resource) ? [...oneOf] : oneOf.slice(0, 1).join();
      const audience = ctx.oidc.params?.audience;
      return typeof audience === 'string' && audience !== '' ? audience : audiences.broker;
    },
    supplyScope({ oidc: { params, client } }, { audience, scope }) {
      if (!params || params.scope || !scope) return;
      const known = new Set(scope.split(' '));
      const { defaultScope = null } = client ? traitsOf(client) : {};
      const defaults = defaultScope?.split(' ').filter((name) => known.has(name)) ?? [];
      if (defaults.length > 0) params.scope = defaults.join(' ');
      else if (audience !== audiences.broker) params.scope = scope;
    },
    async describe(client, resource, clientCredentials) {
      const traits = traitsOf(client);
      const api = await scopesAndSettings(client, resource, clientCredentials);
      return {
        audience: api.identifier,
        scope: [...(clientCredentials ? [] : oidcScopes), ...api.scopes].join(' '),
        accessTokenFormat: traits.accessTokenFormat ?? api.accessTokenFormat,
        accessTokenTTL: traits.accessTokenLifetime ?? lifetimeOf(api, traits.type),
        jwt: { sign: { alg: api.signingAlg } },
      };
    },
    async defaultScopes(identifiers) {
      const found = await Promise.all(identifiers.map(apis.byIdentifier));
      const named = found.flatMap((api) => (api ? [api] : []));
      const needed = named.flatMap(({ scopes }) => scopes.filter(({ optional }) => !optional));
      if (needed.length > 0) return [...new Set(needed.map(({ name }) => name))];
      return named.length > 0 ? ['openid'] : [];
    },
    async waivesConsent(client, resource) {
      if (!traitsOf(client).firstParty) return false;
      return (
        resource === audiences.broker || (await apis.byIdentifier(resource))?.firstPartySkipsConsent === true
      );
    },
  };
}

/**
 * Returns the token lifetime in seconds. Other scripts of a page can read its tokens, so an API can set a shorter one for
 * browsers.
 */
function lifetimeOf({ accessTokenLifetime, browserAccessTokenLifetime }: ApiSettings, type: AppType): number {
  return (type === 'spa' ? browserAccessTokenLifetime : null) ?? accessTokenLifetime;
}
