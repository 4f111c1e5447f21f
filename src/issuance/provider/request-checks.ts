import OidcProvider, {
  type Client,
  errors,
  type KoaContextWithOIDC,
  type default as Provider,
  type ResourceServer,
} from 'oidc-provider';
import { oidcScopes, type ResourceServers } from '../consent/resource-servers.ts';
import type { SecondIssuer } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { isSameResource } from '../registry/resource-identifiers.ts';
import { systemTime } from '../system-time.ts';
import { readClaimsParameter } from './claims-parameter.ts';
import { nameRegisteredResources } from './registered-resources.ts';
import { requireOwnApi } from './rich-requests.ts';
import { signInAccountScope } from './sign-in-account-scope.ts';

const mostResources = 10;

/**
 * Returns the check of an authorization request beyond what oidc-provider checks. It is called as the check of our own
 * parameter `audience`, when the resources are known.
 */
export function createAuthorizationCheck(
  { defaultScopes }: Pick<ResourceServers, 'defaultScopes'>,
  second: SecondIssuer | undefined,
  broker: string,
) {
  return async (
    { oidc }: KoaContextWithOIDC,
    audience: string | undefined,
    client: Client,
  ): Promise<void> => {
    const { params } = oidc;
    if (!params) return;
    if (!browserRoutes.has(oidc.route)) prepareRequest(oidc, client, second);
    if (Array.isArray(params.resource) && params.resource.length > mostResources)
      throw new errors.InvalidTarget(`${mostResources} resources at most`);
    nameRegisteredResources(oidc);
    requireOwnApi(oidc, broker);
    if (audience && !isSameResource(String(params.resource), audience)) {
      throw new errors.InvalidTarget('audience and resource name different APIs');
    }
    const servers = oidc.resourceServers ?? {};
    params.scope ??= (await defaultScopes(Object.keys(servers))).join(' ') || undefined;
    const asked = askedScopes.get(oidc)?.split(' ') ?? [...oidc.requestParamScopes];
    if (asked.length === 0) throw invalidScope('the request names no scope, and there is no default');
    const known = new Set([...oidcScopes, signInAccountScope, ...scopesOf(servers)]);
    // A consent page with nothing on it can only end in `access_denied`.
    if (!asked.some((name) => known.has(name)))
      throw invalidScope('the app may ask for none of these scopes');
    // oidc-provider drops offline_access from a request without prompt=consent. Apps made for Auth0 ask for it without
    // that prompt, so it is put back. The consent page asks for it if the person has not allowed it yet. Agents that
    // registered themselves do not ask for it, and would stop working within the hour.
    const staysSignedIn = asked.includes('offline_access') || traitsOf(client).registration !== null;
    if (staysSignedIn && client.grantTypeAllowed('refresh_token')) {
      params.scope = [...new Set([...oidc.requestParamScopes, 'offline_access'])].join(' ');
    }
  };
}

function scopesOf(servers: Readonly<Record<string, ResourceServer>>): readonly string[] {
  return Object.values(servers).flatMap(({ scope }) => scope?.split(' ') ?? []);
}

function invalidScope(description: string): Error {
  return new errors.CustomOIDCProviderError('invalid_scope', description);
}

/** The scopes of requests, pushed and signed ones too, before oidc-provider drops any. */
const askedScopes = new WeakMap<object, string>();

/**
 * Gives an authorization request without a scope the app's default one (RFC 6749 section 3.3). Without a default, the
 * request is refused before the person is asked to sign in, unless it names an API, whose default is used later. The check of the response mode is oidc-provider's only hook before it reads the scope.
 * A pushed or signed request has been read then (RFC 9101 section 6.3), and nothing beside it counts: it is marked here for the second issuer.
 */
export function createDefaultScope(second: SecondIssuer | undefined) {
  return {
    install({ Client: { prototype } }: Provider): void {
      const { responseModeAllowed } = prototype;
      prototype.responseModeAllowed = function allowed(this: Client, mode, responseType, fapi) {
        const { oidc } = OidcProvider.ctx ?? {};
        if (oidc && browserRoutes.has(oidc.route)) prepareRequest(oidc, this, second);
        return responseModeAllowed.call(this, mode, responseType, fapi);
      };
    },
  };
}

/** The routes at which oidc-provider checks the response mode. */
const browserRoutes = new Set(['authorization', 'pushed_authorization_request']);

function prepareRequest(oidc: KoaContextWithOIDC['oidc'], client: Client, second: SecondIssuer | undefined) {
  const { params } = oidc;
  if (!params) return;
  if (second && oidc.issuer === second.issuer) params[second.parameter] = second.value;
  const { defaultScope, registration } = traitsOf(client);
  const isNamed = Boolean(params.resource || params.audience);
  const usual = registration !== null && !isNamed ? 'openid' : undefined;
  params.scope ||= defaultScope ?? usual;
  if (params.scope && params.claims) readClaimsParameter(oidc);
  if (params.scope) askedScopes.set(oidc, String(params.scope));
  else if (!isNamed) throw invalidScope('the request names no scope, and the app has no default_scope');
}

/** Seconds. A used assertion is stored for as long, so that it counts once. */
const longestAssertion = 3600;

/** Requires of a client assertion (RFC 7523 section 3) one audience and an end within an hour. */
export async function checkAssertion(
  _ctx: KoaContextWithOIDC,
  { aud, exp }: Readonly<Record<string, unknown>>,
): Promise<void> {
  // With a list, an assertion made for another server could name this one too, and that server could pass it on.
  if (typeof aud !== 'string') throw new errors.InvalidClientAuth('aud must be one string');
  const now = Math.floor(systemTime().getTime() / 1000);
  if (typeof exp !== 'number' || exp - now > longestAssertion)
    throw new errors.InvalidClientAuth('exp is too far away');
}
