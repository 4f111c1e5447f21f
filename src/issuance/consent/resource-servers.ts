import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import type { Api } from '../registry/api.ts';
import type { ApiStore } from '../registry/apis.ts';
import type { AppType } from '../registry/app.ts';
import type { AppStore } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import { traitsOf } from '../registry/client-metadata.ts';

export const oidcScopes = ['openid', 'profile', 'email', 'offline_access'] as const;
export const providerTokenScope = 'idp:';

/** Which resource a request is for, and what tokens for it look like (RFC 8707). */
export interface ResourceServers {
  /** When the request names none: the first of those it was granted for, its `audience`, or the broker's own API. */
  defaultResource(ctx: KoaContextWithOIDC, client: Client, oneOf?: readonly string[]): string | string[];
  /**
   * RFC 6749 section 3.3: what an app that acts for itself gets when it names no scope, as Auth0's do not: what its
   * default names of this API, or all that the API has. Providers' tokens must be named, by the request or the default.
   */
  supplyScope(ctx: KoaContextWithOIDC, resource: string, server: ResourceServer): void;
  /**
   * `alone`: the app acts for itself.
   * @throws errors.InvalidTarget when there is no such resource, or the app may not ask for it.
   */
  describe(client: Client, resource: string, alone: boolean): Promise<ResourceServer>;
  /** Whether the people who use this app are not asked if it may use this resource. */
  waivesConsent(client: Client, resource: string): Promise<boolean>;
}

export interface ResourceServerDeps {
  readonly audiences: Audiences;
  readonly apps: Pick<AppStore, 'policyOf'>;
  readonly apis: Pick<ApiStore, 'byIdentifier'>;
}

type Shape = Pick<
  Api,
  'accessTokenFormat' | 'accessTokenLifetime' | 'browserAccessTokenLifetime' | 'signingAlg'
>;

const ownApi: Shape = {
  accessTokenFormat: 'jwt',
  signingAlg: 'RS256',
  accessTokenLifetime: 3600,
  browserAccessTokenLifetime: null,
};

export function createResourceServers({ audiences, apps, apis }: ResourceServerDeps): ResourceServers {
  /** `idp:{alias}` for what the app's policy lists; alone, only what it may use in the background. */
  const providerTokens = async (clientId: string, alone: boolean) => {
    const lines = [...(await apps.policyOf(clientId)).values()];
    return lines
      .filter(({ background }) => background || !alone)
      .map(({ alias }) => `${providerTokenScope}${alias}`);
  };
  const scopesAndShape = async (client: Client, resource: string, alone: boolean) => {
    if (resource === audiences.broker) {
      const scopes = await providerTokens(client.clientId, alone);
      return { scopes, ...ownApi };
    }
    const api = traitsOf(client).apis.includes(resource) ? await apis.byIdentifier(resource) : undefined;
    if (!api) throw new errors.InvalidTarget('the resource is unknown, or not open to this app');
    return { ...api, scopes: api.scopes.map(({ name }) => name) };
  };

  return {
    defaultResource(ctx, _client, oneOf) {
      // Of those it was granted for, the first; but one who names several gets none of them.
      if (oneOf) return Array.isArray(ctx.oidc.params?.resource) ? [...oneOf] : oneOf.slice(0, 1).join();
      const audience = ctx.oidc.params?.audience;
      return typeof audience === 'string' && audience !== '' ? audience : audiences.broker;
    },
    supplyScope({ oidc: { params, client } }, resource, { scope }) {
      if (!params || params.scope || !scope) return;
      const known = new Set(scope.split(' '));
      const { defaultScope = null } = client ? traitsOf(client) : {};
      const own = defaultScope?.split(' ').filter((name) => known.has(name)) ?? [];
      if (own.length > 0) params.scope = own.join(' ');
      else if (resource !== audiences.broker) params.scope = scope;
    },
    async describe(client, resource, alone) {
      const own = traitsOf(client);
      const api = await scopesAndShape(client, resource, alone);
      return {
        audience: resource,
        scope: [...(alone ? [] : oidcScopes), ...api.scopes].join(' '),
        accessTokenFormat: own.accessTokenFormat ?? api.accessTokenFormat,
        accessTokenTTL: own.accessTokenLifetime ?? lifetimeOf(api, own.type),
        jwt: { sign: { alg: api.signingAlg } },
      };
    },
    async waivesConsent(client, resource) {
      if (!traitsOf(client).firstParty) return false;
      return (
        resource === audiences.broker || (await apis.byIdentifier(resource))?.firstPartySkipsConsent === true
      );
    },
  };
}

/** What a page holds can be read by whatever else runs in it, so an API may want it to end sooner. */
function lifetimeOf({ accessTokenLifetime, browserAccessTokenLifetime }: Shape, type: AppType): number {
  return (type === 'spa' ? browserAccessTokenLifetime : null) ?? accessTokenLifetime;
}
