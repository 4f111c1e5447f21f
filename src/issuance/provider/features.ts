import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { ClientCertificates } from '../../http/client-certificate.ts';
import type { StandingOf } from '../admission/app-standing.ts';
import type { ResourceServers } from '../consent/resource-servers.ts';
import type { BindingDemands } from '../senders/binding-demands.ts';
import { mayIntrospect } from '../tokens/structured-tokens.ts';
import { renderSignedOut } from './pages.ts';
import { checkRequestObject } from './request-objects.ts';
import { demandedOf } from './required-binding.ts';
import type { RichRequests } from './rich-requests.ts';

type Features = NonNullable<Configuration['features']>;

export interface SenderFeatures {
  readonly dpop: { readonly nonceSecret: Buffer; readonly requireNonce: boolean };
  readonly certificates: ClientCertificates | undefined;
  readonly demands: BindingDemands;
  readonly standingOf: StandingOf;
}

/** Returns oidc-provider's features: those that are on with their settings, and those that must stay off. */
export function createFeatures(
  resourceServers: ResourceServers,
  logoutSource: (ctx: KoaContextWithOIDC) => Promise<void>,
  { dpop, certificates, demands, standingOf }: SenderFeatures,
  flows: Required<Pick<Features, 'ciba' | 'deviceFlow'>> & {
    readonly richAuthorizationRequests: RichRequests;
  },
): Features {
  return {
    // oidc-provider would post the logout tokens within the request; backchannel-logout.ts queues them instead.
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    ...flows,
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: dpop.nonceSecret, requireNonce: () => dpop.requireNonce },
    introspection: {
      enabled: true,
      async allowedPolicy(_ctx, client, { clientId, ...token }) {
        const audience = 'aud' in token ? [token.aud ?? []].flat(2) : [];
        if (!mayIntrospect(client, { clientId, audience })) return false;
        if (clientId !== undefined && (await standingOf({ clientId })) === 'refused') return false;
        return token.kind === 'RefreshToken' || !(await demands.unmet(demandedOf({ ...token, clientId })));
      },
    },
    ...(certificates && {
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx: KoaContextWithOIDC) => certificates.of(ctx.req)?.certificate,
      },
    }),
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
