import type { JWK } from 'jose';
import type { Account, AdapterFactory, Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { proofAlgs } from '../../http/proof-algs.ts';
import type { Admission } from '../admission/admission.ts';
import type { StandingOf } from '../admission/app-standing.ts';
import { createGrantLoader, type GrantLoaderDeps } from '../consent/load-grant.ts';
import { oidcScopes, type ResourceServers } from '../consent/resource-servers.ts';
import type { IssuanceDeps, People, SecondIssuer } from '../ports.ts';
import type { AppRegistry } from '../registry/apps.ts';
import type { Audiences } from '../registry/audiences.ts';
import { assertionAlgs } from '../registry/client-keys.ts';
import { traitsMember, traitsOf } from '../registry/client-metadata.ts';
import { hasPagesAt } from '../registry/redirect-uris.ts';
import type { BindingDemands } from '../senders/binding-demands.ts';
import { nonceSecret } from '../senders/dpop-nonces.ts';
import type { Revoker } from '../sessions/revoker.ts';
import {
  connectionClaim,
  createSessionConnection,
  type SessionConnection,
} from '../sessions/session-connection.ts';
import type { SessionOriginStore } from '../sessions/session-origin-store.ts';
import { claimsOf, createAccessTokenClaims, createFurtherClaims } from '../tokens/claims.ts';
import { type BackchannelDeps, createBackchannel } from './backchannel.ts';
import { claimsOfScopes, createSilentClaims } from './claims-parameter.ts';
import { createCookies, lifetimesWith } from './cookies-and-lifetimes.ts';
import type { DeviceGuesses } from './device-guesses.ts';
import { createDeviceFlow } from './device-pages.ts';
import { createFeatures } from './features.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { createLogoutSource } from './logout.ts';
import { renderError } from './pages.ts';
import { checkAssertion, createAuthorizationCheck } from './request-checks.ts';
import { createRichRequests } from './rich-requests.ts';
import { createSignInAccountScope } from './sign-in-account-scope.ts';
import { createUnlinkedAccounts } from './unlinked-accounts.ts';

export interface ProviderConfigurationDeps extends GrantLoaderDeps, Omit<BackchannelDeps, 'agreement'> {
  readonly deps: Pick<
    IssuanceDeps,
    | 'secure'
    | 'keyring'
    | 'people'
    | 'second'
    | 'connections'
    | 'agreement'
    | 'requireDpopNonce'
    | 'clientCertificates'
  >;
  /** True for the provider of the second issuer. */
  readonly asSecond: boolean;
  readonly admission: Pick<Admission, 'lastKnown'>;
  readonly demands: BindingDemands;
  readonly standingOf: StandingOf;
  readonly adapter: AdapterFactory;
  readonly audiences: Audiences;
  readonly resourceServers: ResourceServers;
  readonly revoker: Pick<Revoker, 'endSession'>;
  readonly origins: Pick<SessionOriginStore, 'connectionOf'>;
  readonly apps: Pick<AppRegistry, 'stored'>;
  readonly guesses: DeviceGuesses;
}

/**
 * This inner room configures oidc-provider and stands around it: configuration, storage adapter, overrides, middlewares
 * and the routes that lead to it. It issues nothing itself and shows no interaction pages. Custom grants
 * (`custom-grants.ts`) and tokens issued without a browser (`tokens/issue-tokens.ts`) are defined elsewhere; sign-in and
 * consent are handed to `interactions`.
 *
 * Returns the configuration for the given signing keys.
 */
export function createProviderConfiguration(
  parts: ProviderConfigurationDeps,
): (keys: readonly JWK[]) => Configuration {
  const {
    deps,
    asSecond,
    adapter,
    audiences,
    resourceServers,
    consents,
    knownConnections,
    revoker,
    demands,
    standingOf,
  } = parts;
  const { second } = deps;
  const own = asSecond ? second : undefined;
  const sessionConnection = createSessionConnection(parts.origins, deps.connections);
  const cookies = createCookies(deps);
  const addAllowedClaims = createSilentClaims(consents);
  const nameSignInAccount = createSignInAccountScope({ ...parts, ...deps });
  const dropUnlinkedAccounts = createUnlinkedAccounts({ ...deps, consents });
  const loadGrant = createGrantLoader(parts);
  const checkRequest = createAuthorizationCheck(resourceServers, second, audiences.broker);
  const flows = {
    deviceFlow: createDeviceFlow({ ...parts, ...deps }),
    ciba: createBackchannel({ ...parts, ...deps }),
    richAuthorizationRequests: createRichRequests(parts.exactCalls),
  };
  const dpop = { nonceSecret: nonceSecret(deps.keyring), requireNonce: deps.requireDpopNonce ?? false };
  const { clientCertificates: certificates } = deps;
  const furtherClaims = createFurtherClaims(knownConnections);
  const logoutSource = createLogoutSource({ revoker, cookie: cookies.long });
  return (keys) => ({
    ...fixed,
    adapter,
    ...(own && { claims: { ...claims, openid: [...claims.openid, ...own.idToken.names] } }),
    cookies,
    extraParams: {
      connection: null,
      audience: checkRequest,
      ...(second && { [second.parameter]: null }),
    },
    extraTokenClaims: furtherClaims,
    features: createFeatures(
      resourceServers,
      logoutSource,
      { dpop, certificates, demands, standingOf },
      flows,
    ),
    findAccount: createFindAccount(deps.people, sessionConnection, own),
    formats: { customizers: { jwt: createAccessTokenClaims(audiences, own) } },
    // Native apps and those of the second issuer get a refresh token without `offline_access`; it ends with the session.
    issueRefreshToken: async (_ctx, client, { scopes }) =>
      client.grantTypeAllowed('refresh_token') &&
      (asSecond || traitsOf(client).type === 'native' || scopes.has('offline_access')),
    interactions: {
      policy: createInteractionPolicy(
        async (userId, clientId) => (await deps.agreement.pending(userId, clientId)) !== undefined,
      ),
      url: (_ctx, { uid }) => `/interaction/${uid}`,
    },
    jwks: { keys: [...keys] },
    ttl: lifetimesWith(() => parts.admission.lastKnown().idleDays),
    async loadExistingGrant(ctx) {
      await addAllowedClaims(ctx);
      await nameSignInAccount(ctx);
      await dropUnlinkedAccounts(ctx);
      return await loadGrant(ctx);
    },
  });
}

const claims = {
  openid: ['sub', connectionClaim],
  profile: [...claimsOfScopes.profile],
  email: [...claimsOfScopes.email],
};

const fixed: Configuration = {
  acrValues: [],
  allowOmittingSingleRegisteredRedirectUri: false,
  claims,
  assertJwtClientAuthClaimsAndHeader: checkAssertion,
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  clientBasedCORS,
  clientDefaults: { id_token_signed_response_alg: 'RS256' },
  // The ID token carries the claims of the scopes too, as apps made for other brokers expect.
  conformIdTokenClaims: false,
  enabledJWA: {
    dPoPSigningAlgValues: [...proofAlgs],
    idTokenSigningAlgValues: ['RS256'],
    clientAuthSigningAlgValues: [...assertionAlgs],
    // HMAC would take the hash of the secret for the secret, and `none` would take anyone's word.
    requestObjectSigningAlgValues: [...assertionAlgs],
  },
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
    pushed_authorization_request: '/oauth/par',
    device_authorization: '/oauth/device',
    backchannel_authentication: '/oauth/backchannel',
    code_verification: '/device',
    end_session: '/oidc/logout',
    jwks: '/.well-known/jwks.json',
  },
  scopes: [...oidcScopes],
  subjectTypes: ['public'],
};

/** Returns the person's account, or undefined for a disabled person, so that nothing is issued or refreshed for them. */
function createFindAccount(
  people: Pick<People, 'find'>,
  sessionConnection: SessionConnection,
  second: SecondIssuer | undefined,
) {
  return async (ctx: KoaContextWithOIDC, id: string): Promise<Account | undefined> => {
    const person = await people.find(id);
    if (!person || person.disabled) return undefined;
    const further = () =>
      second?.idToken.claims({ subject: person.id, clientId: ctx.oidc.client?.clientId ?? '' });
    const claims = async () => ({ ...claimsOf(person), ...(await sessionConnection(ctx)), ...further() });
    return { accountId: person.id, claims };
  };
}

/** Allows an app's own pages to call. */
function clientBasedCORS(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  return hasPagesAt(origin, { ...traitsOf(client), redirectUris: client.redirectUris ?? [] });
}
