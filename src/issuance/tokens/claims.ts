import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import { connectionsBound, connectionsNamed, type KnownConnections } from '../consent/connection-binding.ts';
import { providerTokenScope } from '../consent/resource-servers.ts';
import { bindingOfGrant } from '../consent/scopes.ts';
import type { Person, SecondIssuer } from '../ports.ts';
import type { Audiences } from '../registry/audiences.ts';

/** Returns a person's standard claims (OpenID Connect Core 5.1). Absent values are left out. */
export function claimsOf({ id, name, picture, email, emailVerified, updatedAt }: Person) {
  return {
    sub: id,
    updated_at: Math.floor(updatedAt.getTime() / 1000),
    ...(name !== null && { name }),
    ...(picture !== null && { picture }),
    ...(email !== null && { email, email_verified: emailVerified }),
  };
}

/**
 * Returns when the person signed in, as a claim of each access token of theirs (RFC 9068 section 2.2.1): an API may ask
 * for a recent sign-in (RFC 9470). A refreshed token keeps the time of the sign-in. A proof of a provider's SDK states none: an
 * access token of a provider proves no sign-in of now, and can be presented again.
 */
function signInTime(ctx: KoaContextWithOIDC | undefined): { auth_time?: number } {
  const { AuthorizationCode, RefreshToken } = ctx?.oidc?.entities ?? {};
  const isNative = RefreshToken?.gty?.startsWith(nativeGrantType) === true;
  const authTime = AuthorizationCode?.authTime ?? (isNative ? undefined : RefreshToken?.authTime);
  return authTime === undefined ? {} : { auth_time: authTime };
}

/** The member `gty` of tokens that were issued for a proof of a provider's SDK. */
export const nativeGrantType = 'token_exchange';

/** The claim of our access tokens with the connections that their `idp:{alias}` scopes are for, at our own API or another. */
export const connectionsClaim = 'idp_connections';

/** Returns oidc-provider's source of further claims, for JWT and opaque access tokens. */
export function createFurtherClaims(knownConnections: KnownConnections) {
  const connectionsOf = createConnectionClaim(knownConnections);
  return async (
    ctx: KoaContextWithOIDC,
    token: AccessToken | ClientCredentials,
  ): Promise<Record<string, unknown>> => ({
    ...(token.kind === 'AccessToken' && signInTime(ctx)),
    ...(await connectionsOf(ctx, token)),
  });
}

/**
 * Returns the source of the connections of a token. A token has the connections of its
 * grant, so that a refresh does not move a scope to a later connection of the same alias. A client-credentials token has no
 * grant: it is for the connections that have the aliases now.
 */
function createConnectionClaim(knownConnections: KnownConnections) {
  return async (
    ctx: KoaContextWithOIDC,
    token: AccessToken | ClientCredentials,
  ): Promise<Record<string, unknown> | undefined> => {
    const names = (token.scope ?? '').split(' ').filter((name) => name.startsWith(providerTokenScope));
    if (names.length === 0) return undefined;
    const known = await knownConnections();
    if (!('accountId' in token)) return { [connectionsClaim]: connectionsNamed(names, known) };
    const { entities, provider } = ctx.oidc;
    const grant =
      entities.Grant?.jti === token.grantId
        ? entities.Grant
        : await provider.Grant.find(String(token.grantId));
    return { [connectionsClaim]: grant ? connectionsBound(names, bindingOfGrant(grant), known) : [] };
  };
}

interface JwtParts {
  header?: Record<string, unknown> | undefined;
  payload?: Record<string, unknown>;
}

/**
 * Returns the customizer of our JWT access tokens. Beyond RFC 9068 they carry all their audiences, and `grant_id`, so
 * that revoking the grant ends the token. Those of the second issuer have the form that its apps expect.
 */
export function createAccessTokenClaims(audiences: Audiences, second?: SecondIssuer) {
  return (_ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials, parts: JwtParts): void => {
    const { payload } = parts;
    if (!payload || typeof token.aud !== 'string') return;
    const { grantId } = 'accountId' in token ? token : {};
    if (second) {
      const subject = String(payload.sub ?? token.clientId);
      Object.assign(payload, second.accessToken.claims({ subject, clientId: String(token.clientId) }));
      parts.header = { ...parts.header, typ: second.accessToken.headerType };
    }
    payload.aud = audiences.of({ resource: token.aud, scope: token.scope ?? '' });
    if (grantId !== undefined) payload.grant_id = grantId;
  };
}
