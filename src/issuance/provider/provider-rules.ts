import OidcProvider, { type KoaContextWithOIDC, type default as Provider } from 'oidc-provider';
import { databasePause, isDatabaseTrouble } from '../../kit/database/database-trouble.ts';
import { hashOf } from '../../kit/ids.ts';
import { retryAfter } from '../../kit/problem.ts';
import { Secret } from '../../kit/secret.ts';
import type { SecondIssuer } from '../ports.ts';
import { redirectUriFits } from '../registry/redirect-uris.ts';
import { asksForFragment } from './second-issuer.ts';

/** Secrets are kept as hashes, and only loopback addresses of native apps are compared without their port. */
export function compareOurWay(provider: Provider): void {
  const { prototype } = provider.Client;
  prototype.compareClientSecret = function compareClientSecret(given) {
    return new Secret(this.clientSecret ?? '').equals(hashOf(given));
  };
  prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    return redirectUriFits(uri, this.redirectUris ?? [], this.applicationType === 'native');
  };
  prototype.postLogoutRedirectUriAllowed = function postLogoutRedirectUriAllowed(uri) {
    return redirectUriFits(uri, this.postLogoutRedirectUris ?? [], false);
  };
}

/**
 * RFC 7523 section 3: at the second name an assertion is for that name or its token endpoint. Read from the request, the
 * latter would be the first's.
 */
export function expectOwnAudience(provider: Provider, { issuer, metadata }: SecondIssuer): void {
  const own = new Set([issuer, String(metadata.token_endpoint)]);
  provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = () => new Set(own);
}

/** Errors in the words and by the ways of the standards, where oidc-provider has others. */
export function answerOurWay(provider: Provider, second: SecondIssuer | undefined): void {
  // A response type other than `code` would bring its default mode with it, and hide behind that mode's refusal.
  const { prototype } = provider.Client;
  prototype.responseModeAllowed = function responseModeAllowed(mode, responseType) {
    if (responseType !== 'code' || ['query', 'form_post'].includes(mode)) return true;
    const { oidc } = OidcProvider.ctx ?? {};
    return oidc !== undefined && asksForFragment(oidc, second);
  };
  const byQuery = ({ oidc }: KoaContextWithOIDC) => answerByQuery(oidc, second);
  provider.on('authorization.error', byQuery);
  provider.on('server_error', (ctx, error) => {
    byQuery(ctx);
    if (isJson(ctx.body)) answerFailure(ctx, error);
    else if (isDatabaseTrouble(error)) {
      ctx.status = 503;
      ctx.set(retryAfter(databasePause));
    }
  });
  provider.on('grant.error', (ctx, error) => {
    // RFC 6749 section 5.2 has a code of its own for this one.
    if (error.error_description === 'requested grant type is not allowed for this client') {
      ctx.body = { error: 'unauthorized_client', error_description: error.error_description };
    }
  });
}

/** A failure of ours: what passes by itself says so, and when to come again. */
export function answerFailure(ctx: KoaContextWithOIDC, error: unknown): void {
  const passing = isDatabaseTrouble(error);
  ctx.status = passing ? 503 : 500;
  if (passing) ctx.set(retryAfter(databasePause));
  ctx.body = passing
    ? { error: 'temporarily_unavailable', error_description: 'try again in a moment' }
    : { error: 'server_error', error_description: 'something went wrong on our side' };
}

// The events come before the answer is written. Where there is no fragment mode, there is none for errors either.
function answerByQuery(oidc: KoaContextWithOIDC['oidc'], second: SecondIssuer | undefined): void {
  if (!oidc.params || oidc.params.response_mode === 'form_post' || asksForFragment(oidc, second)) return;
  oidc.params.response_mode = 'query';
}

function isJson(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'error' in body;
}
