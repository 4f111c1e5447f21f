import OidcProvider, {
  type Client,
  errors,
  type KoaContextWithOIDC,
  type default as Provider,
} from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';
import { systemTime } from '../system-time.ts';

const mostResources = 10;

/**
 * Checks an authorization request beyond what oidc-provider checks. It is called as the check of our own parameter
 * `audience`.
 */
export function checkAuthorizationRequest(
  { oidc, query }: KoaContextWithOIDC,
  audience: string | undefined,
  client: Client,
): void {
  const { params } = oidc;
  if (!params) return;
  if (Array.isArray(params.resource) && params.resource.length > mostResources)
    throw new errors.InvalidTarget(`${mostResources} resources at most`);
  if (audience && params.resource !== audience) {
    throw new errors.InvalidTarget('audience and resource name different APIs');
  }
  // oidc-provider drops offline_access from a request without prompt=consent. Apps made for Auth0 ask for it without
  // that prompt, so it is put back. The consent page asks for it if the person has not allowed it yet.
  const asked = String(query.scope || (traitsOf(client).defaultScope ?? '')).split(' ');
  if (asked.includes('offline_access') && client.grantTypeAllowed('refresh_token')) {
    params.scope = [...new Set([...oidc.requestParamScopes, 'offline_access'])].join(' ');
  }
}

/**
 * Gives an authorization request without a scope the app's default one (RFC 6749 section 3.3). Without a default, the
 * request is refused before the person is asked to sign in. The check of the response mode is oidc-provider's only hook before it reads the scope.
 */
export function createDefaultScope() {
  return {
    install({ Client: { prototype } }: Provider): void {
      const { responseModeAllowed } = prototype;
      prototype.responseModeAllowed = function allowed(this: Client, mode, responseType, fapi) {
        supplyDefaultScope(this);
        return responseModeAllowed.call(this, mode, responseType, fapi);
      };
    },
  };
}

function supplyDefaultScope(client: Client): void {
  const { route, params } = OidcProvider.ctx?.oidc ?? {};
  if (route !== 'authorization' || !params || params.scope) return;
  const { defaultScope } = traitsOf(client);
  if (defaultScope === null)
    throw new errors.CustomOIDCProviderError(
      'invalid_scope',
      'the request names no scope, and the app has no default_scope',
    );
  params.scope = defaultScope;
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
