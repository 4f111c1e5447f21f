import type { JWK } from 'jose';
import type { AdapterFactory, Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { ConsentStore } from '../consent/consent-store.ts';
import { createGrantLoader } from '../consent/grants.ts';
import { oidcScopes, type ResourceServers } from '../consent/resource-servers.ts';
import type { IssuanceDeps } from '../ports.ts';
import type { Audiences } from '../registry/audiences.ts';
import { assertionAlgs } from '../registry/client-keys.ts';
import { traitsMember, traitsOf } from '../registry/client-metadata.ts';
import type { Revoker } from '../sessions/revoker.ts';
import { createAccessTokenClaims } from '../tokens/access-token-claims.ts';
import { createFindAccount } from './accounts.ts';
import { checkExtras } from './authorization-extras.ts';
import { checkAssertion } from './client-assertions.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { createLogoutSource } from './logout-by-hint.ts';
import { createCookies } from './provider-cookies.ts';
import { createFeatures } from './provider-features.ts';
import { lifetimes } from './provider-lifetimes.ts';
import { renderError } from './provider-pages.ts';

export interface ProviderConfigurationDeps {
  readonly deps: Pick<IssuanceDeps, 'secure' | 'keyring' | 'people' | 'second'>;
  /** It answers under the second name. */
  readonly asSecond: boolean;
  readonly adapter: AdapterFactory;
  readonly audiences: Audiences;
  readonly resourceServers: ResourceServers;
  readonly consents: ConsentStore;
  readonly revoker: Pick<Revoker, 'endSession'>;
}

/** Everything oidc-provider is told, but for the signing keys. */
export function createProviderConfiguration(
  parts: ProviderConfigurationDeps,
): (keys: readonly JWK[]) => Configuration {
  const { deps, asSecond, adapter, audiences, resourceServers, consents, revoker } = parts;
  const { second } = deps;
  const cookies = createCookies(deps);
  const logoutSource = createLogoutSource({ revoker, cookie: cookies.long });
  return (keys) => ({
    ...fixed,
    adapter,
    cookies,
    extraParams: {
      connection: null,
      audience: checkExtras,
      ...(second && { [second.parameter]: null }),
    },
    features: createFeatures(resourceServers, logoutSource),
    findAccount: createFindAccount(deps.people),
    formats: { customizers: { jwt: createAccessTokenClaims(audiences) } },
    // Apps of the second name get one for as long as the person is signed in, and ask for no scope.
    issueRefreshToken: async (_ctx, client, { scopes }) =>
      client.grantTypeAllowed('refresh_token') && (asSecond || scopes.has('offline_access')),
    interactions: { policy: createInteractionPolicy(), url: (_ctx, { uid }) => `/interaction/${uid}` },
    jwks: { keys: [...keys] },
    loadExistingGrant: createGrantLoader(consents, resourceServers),
  });
}

const fixed: Configuration = {
  acrValues: [],
  allowOmittingSingleRegisteredRedirectUri: false,
  claims: {
    openid: ['sub'],
    profile: ['name', 'picture', 'updated_at'],
    email: ['email', 'email_verified'],
  },
  assertJwtClientAuthClaimsAndHeader: checkAssertion,
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  clientBasedCORS,
  clientDefaults: { id_token_signed_response_alg: 'RS256' },
  // The claims of the scopes are in the ID token too, as apps made for other brokers expect.
  conformIdTokenClaims: false,
  enabledJWA: { idTokenSigningAlgValues: ['RS256'], clientAuthSigningAlgValues: [...assertionAlgs] },
  extraClientMetadata: { properties: [traitsMember] },
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
  ttl: lifetimes,
};

/** An app of one page calls from the origin of one of its redirect URIs. */
function clientBasedCORS(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (origin === 'null' || client.clientAuthMethod !== 'none') return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}
