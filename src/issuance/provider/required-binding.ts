import { errors, Provider } from 'oidc-provider';
import type { ClientCertificates } from '../../http/client-certificate.ts';
import type { StoredApp } from '../registry/app-store.ts';
import { type BindingDemands, bindingNeeded, type DemandedToken } from '../senders/binding-demands.ts';
import type { ProviderExtension } from './provider-host.ts';

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

export interface RequiredBindingDeps {
  readonly demands: BindingDemands;
  /** Undefined: no proxy passes certificates. */
  readonly certificates: ClientCertificates | undefined;
}

/**
 * Binds each token to the certificate of its request where its app or API demands that, and refuses to issue one that is not
 * bound enough. oidc-provider knows the demand of the app alone, and binds before it knows the API.
 */
export function createRequiredBinding(deps: RequiredBindingDeps): ProviderExtension {
  return {
    install({ AccessToken, ClientCredentials }: Provider): void {
      for (const { prototype } of [AccessToken, ClientCredentials]) {
        const { save } = prototype;
        prototype.save = async function bindAndSave() {
          await bind(deps, this);
          return await save.call(this);
        };
      }
    },
  };
}

/** @throws InvalidRequest for a token that had to be bound; InvalidGrant where the refresh token itself had to be. */
async function bind({ demands, certificates }: RequiredBindingDeps, token: ProviderToken): Promise<void> {
  // A sign-in without a browser issues tokens outside a request of oidc-provider.
  const { ctx } = Provider;
  const { jkt, 'x5t#S256': known } = token;
  const x5t = known ?? (ctx && certificates?.of(ctx.req)?.x5t);
  const { bound, unmet } = await demands.keysFor({ ...demandedOf(token), bound: { jkt, x5t } });
  if (unmet) throw new errors.InvalidRequest(bindingNeeded[unmet]);
  Object.assign(token, { 'x5t#S256': known ?? bound.x5t });
  const { client, entities } = ctx?.oidc ?? {};
  const { RotatedRefreshToken: rotated } = entities ?? {};
  // RFC 9449 section 5: without a secret, the refresh token alone authenticates. A thief would bring a key of his own to one
  // from before the demand.
  if (!rotated || client?.clientAuthMethod !== 'none') return;
  const before = { jkt: rotated.jkt, x5t: rotated['x5t#S256'] };
  if (await demands.unmet({ ...demandedOf(token), bound: before }))
    throw new errors.InvalidGrant('the refresh token is bound to no key, and the app or API demands one');
}

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
