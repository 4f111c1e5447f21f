import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { systemTime } from '../system-time.ts';

/** Seconds: the longest time from now to the end of a request object. */
const longest = 3600;

/** The values of `typ` that a request object may have (RFC 9101 section 10.8). */
const types = new Set(['oauth-authz-req+jwt', 'jwt']);

/**
 * Checks a signed request object (RFC 9101) beyond signature, issuer and audience, which oidc-provider checks. It is called for pushed
 * requests too: those were checked when they came, and only the app that pushed one gets past the issuer.
 */
export async function checkRequestObject(
  { oidc }: KoaContextWithOIDC,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  { clientId }: Client,
): Promise<void> {
  if (oidc.entities.PushedAuthorizationRequest) return;
  const refuse = (reason: string) => {
    throw new errors.InvalidRequestObject(reason);
  };
  if (header.typ !== undefined && !types.has(String(header.typ).toLowerCase()))
    refuse('the JWT is of another type than oauth-authz-req+jwt');
  if (claims.client_id !== clientId) refuse('client_id is not the client_id of the request');
  // Such a JWT could authenticate the app where someone passes it on.
  if (claims.sub === clientId) refuse('sub must not be the client_id');
  const now = Math.floor(systemTime().getTime() / 1000);
  if (typeof claims.exp !== 'number' || claims.exp - now > longest)
    refuse('exp is missing or more than an hour away');
}
