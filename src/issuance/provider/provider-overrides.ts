import OidcProvider, { type Client, type KoaContextWithOIDC, type default as Provider } from 'oidc-provider';
import { sentPath } from '../../http/sent-path.ts';
import { databaseRetryAfter, isDatabaseUnavailable } from '../../kit/database/database-errors.ts';
import { hashOf } from '../../kit/ids.ts';
import { retryAfter } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import type { SecondIssuer } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import { anyPortOf, redirectUriFits } from '../registry/redirect-uris.ts';
import { sendJsonFailure } from './pages.ts';

/** Compares client secrets by their hashes, and redirect URIs by our own rules (registry/redirect-uris.ts). */
export function overrideComparisons(provider: Provider): void {
  const { prototype } = provider.Client;
  prototype.compareClientSecret = function compareClientSecret(given) {
    return new Secret(this.clientSecret ?? '').equals(hashOf(given));
  };
  prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    return redirectUriFits(uri, this.redirectUris ?? [], anyPortOf(traitsOf(this)));
  };
  prototype.postLogoutRedirectUriAllowed = function postLogoutRedirectUriAllowed(uri) {
    return redirectUriFits(uri, this.postLogoutRedirectUris ?? [], 'none');
  };
}

/**
 * Expects a client assertion at the second issuer to name that issuer or its token endpoint (RFC 7523 section 3).
 * oidc-provider would derive the first issuer's token endpoint from the request.
 */
export function overrideAssertionAudience(provider: Provider, { issuer, metadata }: SecondIssuer): void {
  const audiences = new Set([issuer, String(metadata.token_endpoint)]);
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () => new Set(audiences);
}

/**
 * Expects a DPoP proof (RFC 9449 section 4.3) to name the address that the client has called. oidc-provider would derive the
 * first issuer's endpoint from a request of the second issuer.
 */
export function overrideProofAddress(provider: Provider): void {
  const { prototype } = provider.OIDCContext;
  const { urlFor } = prototype;
  prototype.urlFor = function address(name, options) {
    const url = urlFor.call(this, name, options);
    const { ctx } = OidcProvider;
    return ctx && name === this.route && takesProofs.has(name) ? new URL(sentPath(ctx.req), url).href : url;
  };
}

const takesProofs = new Set(['token', 'pushed_authorization_request']);

/** Sends errors with the codes and response modes of the standards where oidc-provider uses others. */
export function overrideErrors(provider: Provider): void {
  // oidc-provider checks the mode first. It would refuse the default mode of another response type than `code`, and the
  // app would not learn that the type is unsupported.
  const { prototype } = provider.Client;
  prototype.responseModeAllowed = function responseModeAllowed(mode, responseType) {
    if (responseType !== 'code' || ['query', 'form_post'].includes(mode)) return true;
    return asksForFragment(mode, this);
  };
  const useQuery = ({ oidc }: KoaContextWithOIDC) => setQueryMode(oidc);
  provider.on('authorization.error', useQuery);
  provider.on('server_error', (ctx, error) => {
    useQuery(ctx);
    if (isJson(ctx.body)) sendJsonFailure(ctx, error);
    else if (isDatabaseUnavailable(error)) {
      ctx.status = 503;
      ctx.set(retryAfter(databaseRetryAfter));
    }
  });
  provider.on('grant.error', (ctx, error) => {
    // RFC 6749 section 5.2 defines `unauthorized_client` for this case.
    if (error.error_description === 'requested grant type is not allowed for this client') {
      ctx.body = { error: 'unauthorized_client', error_description: error.error_description };
    }
  });
}

// Error events are emitted before the response is written. Errors are sent by query where fragment mode is not offered.
function setQueryMode({ params, client }: KoaContextWithOIDC['oidc']): void {
  if (!params || params.response_mode === 'form_post') return;
  if (!client || !asksForFragment(params.response_mode, client)) params.response_mode = 'query';
}

/** A single-page app may have its answer in the fragment, as some libraries want it. PKCE protects the code there too. */
function asksForFragment(mode: unknown, client: Client): boolean {
  return mode === 'fragment' && traitsOf(client).type === 'spa';
}

function isJson(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body;
}
