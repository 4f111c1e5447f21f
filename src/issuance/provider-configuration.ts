import type { JWK } from 'jose';
import {
  type AdapterFactory,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { Audiences } from './audiences.ts';
import { traitsOf } from './client-metadata.ts';
import type { ConsentStore } from './consent-store.ts';
import { createGrantLoader } from './grants.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { oidcTime } from './oidc-time.ts';
import { claimsOf } from './person-claims.ts';
import type { IssuanceDeps, Person } from './ports.ts';
import { logoutSource, postLogoutSuccessSource, renderError } from './provider-pages.ts';
import { oidcScopes, type ResourceServers } from './resource-servers.ts';
import { mayIntrospect } from './structured-tokens.ts';

export interface ProviderConfigurationDeps {
  readonly deps: Pick<IssuanceDeps, 'secure' | 'keyring' | 'people'>;
  readonly adapter: AdapterFactory;
  readonly audiences: Audiences;
  readonly resourceServers: ResourceServers;
  readonly consents: ConsentStore;
}

const day = 24 * 3600;
const idleRefresh = 30 * day;
const absoluteRefresh = 180 * day;

/** Everything oidc-provider is told, but for the signing keys. */
export function createProviderConfiguration(
  parts: ProviderConfigurationDeps,
): (keys: readonly JWK[]) => Configuration {
  const { deps, adapter, audiences, resourceServers, consents } = parts;
  const configuration: Configuration = {
    adapter,
    acrValues: [],
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: {
      openid: ['sub'],
      profile: ['name', 'picture', 'updated_at'],
      email: ['email', 'email_verified'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS,
    clientDefaults: { id_token_signed_response_alg: 'RS256' },
    conformIdTokenClaims: false,
    cookies: cookies(deps),
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    extraClientMetadata: { properties: ['symbolon'] },
    extraParams: { connection: null, audience: checkExtras },
    features: {
      claimsParameter: { enabled: false },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, { clientId, ...token }) =>
          mayIntrospect(client, { clientId, audience: 'aud' in token ? [token.aud ?? []].flat(2) : [] }),
      },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: resourceServers.defaultResource,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource, client) =>
          resourceServers.describe(client, resource, ctx.oidc.params?.grant_type === 'client_credentials'),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource },
      // Ours (userinfo.ts): this one refuses tokens that have an audience.
      userinfo: { enabled: false },
    },
    findAccount: async (_ctx, id) => account(await deps.people.find(id)),
    formats: {
      customizers: {
        jwt(_ctx, token, { payload }) {
          const { accountId: userId, grantId } = 'accountId' in token ? token : {};
          const resource = String([payload?.aud ?? []].flat()[0]);
          if (!payload) return;
          payload.aud = audiences.of({ resource, scope: token.scope ?? '', userId });
          if (grantId !== undefined) payload.grant_id = grantId;
        },
      },
    },
    interactions: { policy: createInteractionPolicy(), url: (_ctx, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: async (_ctx, client, { scopes }) =>
      client.grantTypeAllowed('refresh_token') && scopes.has('offline_access'),
    loadExistingGrant: createGrantLoader(consents),
    pkce: { required: (_ctx, client) => traitsOf(client).pkceRequired || client.clientAuthMethod === 'none' },
    renderError,
    responseTypes: ['code'],
    rotateRefreshToken: true,
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      revocation: '/oauth/revoke',
      introspection: '/oauth/introspect',
      end_session: '/oidc/logout',
      jwks: '/.well-known/jwks.json',
    },
    scopes: [...oidcScopes],
    subjectTypes: ['public'],
    ttl: {
      AccessToken: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
      ClientCredentials: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? 3600,
      AuthorizationCode: 60,
      Grant: 365 * day,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: (_ctx, { iiat }) => refreshLifetime(iiat),
      Session: 14 * day,
    },
  };
  return (keys) => ({ ...configuration, jwks: { keys: [...keys] } });
}

/** `__Host-` needs the path `/`; the cookies of an interaction are bound to its own paths, so that tabs live apart. */
function cookies({ secure, keyring }: Pick<IssuanceDeps, 'secure' | 'keyring'>): Configuration['cookies'] {
  const options = { httpOnly: true, secure, sameSite: 'lax', signed: true, overwrite: true } as const;
  return {
    keys: [...keyring.derive('cookies')],
    long: { ...options, path: '/' },
    short: options,
    names: {
      session: secure ? '__Host-symbolon_sso' : 'symbolon_sso',
      interaction: secure ? '__Secure-symbolon_interaction' : 'symbolon_interaction',
      resume: secure ? '__Secure-symbolon_resume' : 'symbolon_resume',
    },
  };
}

function clientBasedCORS(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (origin === 'null' || client.clientAuthMethod !== 'none') return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}

function checkExtras(
  { oidc, query }: KoaContextWithOIDC,
  audience: string | undefined,
  client: Client,
): void {
  const { params } = oidc;
  if (!params) return;
  if (Array.isArray(params.resource)) throw new errors.InvalidTarget('one resource at a time');
  if (audience && params.resource !== audience) {
    throw new errors.InvalidTarget('audience and resource name different APIs');
  }
  // oidc-provider has dropped offline_access from a request without prompt=consent. Apps ask for it without, as
  // Auth0's do, and consent to it is asked for where it has not been given.
  const asked = String(query.scope ?? '').split(' ');
  if (asked.includes('offline_access') && client.grantTypeAllowed('refresh_token')) {
    params.scope = [...new Set([...oidc.requestParamScopes, 'offline_access'])].join(' ');
  }
}

function account(person: Person | undefined) {
  if (!person || person.disabled) return undefined;
  return { accountId: person.id, claims: () => ({ ...claimsOf(person) }) };
}

/** Sliding, but never beyond the absolute end counted from the first one of the family. */
function refreshLifetime(began: number | undefined): number {
  const age = began === undefined ? 0 : Math.floor(oidcTime().getTime() / 1000) - began;
  return Math.max(1, Math.min(idleRefresh, absoluteRefresh - age));
}
