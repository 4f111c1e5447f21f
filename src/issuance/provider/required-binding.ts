import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { StoredApp } from '../registry/app-store.ts';
import type { TokenBinding } from '../registry/token-binding.ts';
import type { BindingDemands, DemandedToken } from '../senders/binding-demands.ts';

/** The members of oidc-provider's tokens that a demand depends on. */
export interface ProviderToken {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly aud?: string | readonly string[] | undefined;
  readonly jkt?: string | undefined;
  readonly 'x5t#S256'?: string | undefined;
}

export function demandedOf({
  clientId = '',
  accountId: userId,
  aud = [],
  ...token
}: ProviderToken): DemandedToken {
  return { clientId, userId, audience: [aud].flat(), bound: { jkt: token.jkt, x5t: token['x5t#S256'] } };
}

/**
 * Returns the check of a token before it is issued. @throws InvalidRequest where its app or API demands a binding;
 * InvalidGrant where the refresh token itself had to be bound.
 */
export function createRequiredBinding(demands: BindingDemands) {
  return async (ctx: KoaContextWithOIDC | undefined, token: ProviderToken): Promise<void> => {
    const unmet = await demands.unmet(demandedOf(token));
    if (unmet) throw new errors.InvalidRequest(missing[unmet]);
    // A sign-in without a browser issues tokens outside a request of oidc-provider.
    const { client, entities } = ctx?.oidc ?? {};
    const { RotatedRefreshToken: rotated } = entities ?? {};
    // RFC 9449 section 5: without a secret, the refresh token alone authenticates. A thief would bring a key of his own to one
    // from before the demand.
    if (!rotated || client?.clientAuthMethod !== 'none') return;
    const bound = { jkt: rotated.jkt, x5t: rotated['x5t#S256'] };
    if (await demands.unmet({ ...demandedOf(token), bound }))
      throw new errors.InvalidGrant('the refresh token is bound to no key, and the app or API demands one');
  };
}

const missing: Readonly<Record<TokenBinding, string>> = {
  none: '',
  dpop: 'these tokens must be bound to a key: a DPoP proof is needed',
  mtls: 'these tokens must be bound to a client certificate',
  any: 'these tokens must be bound to a key: a DPoP proof or a client certificate is needed',
};

/** The token request of an app. */
export interface BindingRequest {
  readonly grantType: unknown;
  readonly hasProof: boolean;
}

/**
 * Returns the members of the client metadata by which oidc-provider demands a binding. Where the app has the choice, the
 * request without a proof needs a certificate. `withCertificates`: a proxy passes them.
 */
export function bindingMetadata(
  { tokenBinding, backgroundBinding }: Pick<StoredApp, 'tokenBinding' | 'backgroundBinding'>,
  { grantType, hasProof }: BindingRequest,
  withCertificates: boolean,
) {
  const demands = [tokenBinding, ...(grantType === 'client_credentials' ? [backgroundBinding] : [])];
  const byCertificate = demands.includes('mtls') || (demands.includes('any') && !hasProof);
  return {
    ...(demands.includes('dpop') && { dpop_bound_access_tokens: true }),
    ...(withCertificates && byCertificate && { tls_client_certificate_bound_access_tokens: true }),
  };
}
