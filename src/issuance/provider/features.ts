import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { ResourceServers } from '../consent/resource-servers.ts';
import { mayIntrospect } from '../tokens/structured-tokens.ts';
import { renderSignedOut } from './pages.ts';
import { checkRequestObject } from './request-objects.ts';

type Features = NonNullable<Configuration['features']>;

/** Returns oidc-provider's features: those that are on with their settings, and those that must stay off. */
export function createFeatures(
  resourceServers: ResourceServers,
  logoutSource: (ctx: KoaContextWithOIDC) => Promise<void>,
  dpop: { readonly nonceSecret: Buffer; readonly requireNonce: boolean },
  deviceFlow: NonNullable<Features['deviceFlow']>,
): Features {
  return {
    // oidc-provider would post the logout tokens within the request; backchannel-logout.ts queues them instead.
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow,
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: dpop.nonceSecret, requireNonce: () => dpop.requireNonce },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, { clientId, ...token }) =>
        mayIntrospect(client, { clientId, audience: 'aud' in token ? [token.aud ?? []].flat(2) : [] }),
    },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkRequestObject },
    resourceIndicators: {
      enabled: true,
      defaultResource: resourceServers.defaultResource,
      useGrantedResource: () => true,
      getResourceServerInfo: async (ctx, resource, client) => {
        const clientCredentials = ctx.oidc.params?.grant_type === 'client_credentials';
        const server = await resourceServers.describe(client, resource, clientCredentials);
        if (clientCredentials) resourceServers.supplyScope(ctx, server);
        return server;
      },
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource: renderSignedOut },
    // oidc-provider's userinfo refuses tokens that have an audience. Ours is tokens/userinfo.ts.
    userinfo: { enabled: false },
  };
}
