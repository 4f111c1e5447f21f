import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { traitsOf } from '../registry/client-metadata.ts';

const mostResources = 10;

/** Checks of an authorization request that oidc-provider does not make, hung on our own parameter. */
export function checkExtras(
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
  // oidc-provider has dropped offline_access from a request without prompt=consent. Apps ask for it without, as
  // Auth0's do, and consent to it is asked for where it has not been given.
  const asked = String(query.scope || (traitsOf(client).defaultScope ?? '')).split(' ');
  if (asked.includes('offline_access') && client.grantTypeAllowed('refresh_token')) {
    params.scope = [...new Set([...oidc.requestParamScopes, 'offline_access'])].join(' ');
  }
}
