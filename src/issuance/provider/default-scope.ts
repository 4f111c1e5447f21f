import OidcProvider, { type Client, errors, type default as Provider } from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';

/**
 * RFC 6749 section 3.3: an authorization request without a scope has the app's default one, or is refused before a person is
 * asked to sign in. oidc-provider has no hook before it looks at the scope but its question about the response mode.
 */
export function createDefaultScope() {
  return {
    install({ Client: { prototype } }: Provider): void {
      const { responseModeAllowed } = prototype;
      prototype.responseModeAllowed = function allowed(this: Client, mode, responseType, fapi) {
        supply(this);
        return responseModeAllowed.call(this, mode, responseType, fapi);
      };
    },
  };
}

function supply(client: Client): void {
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
