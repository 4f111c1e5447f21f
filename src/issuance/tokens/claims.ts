import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import type { Person } from '../ports.ts';
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
 * for a recent sign-in (RFC 9470). A refreshed token keeps the time of the sign-in.
 */
export function signInTime(ctx: KoaContextWithOIDC | undefined): { auth_time?: number } {
  const { AuthorizationCode, RefreshToken } = ctx?.oidc?.entities ?? {};
  const authTime = AuthorizationCode?.authTime ?? RefreshToken?.authTime;
  return authTime === undefined ? {} : { auth_time: authTime };
}

interface JwtParts {
  payload?: Record<string, unknown>;
}

/**
 * Returns the customizer of our JWT access tokens. Beyond RFC 9068 they carry all their audiences, and `grant_id`, so
 * that revoking the grant ends the token.
 */
export function createAccessTokenClaims(audiences: Audiences) {
  return (_ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials, { payload }: JwtParts): void => {
    if (!payload || typeof token.aud !== 'string') return;
    const { grantId } = 'accountId' in token ? token : {};
    payload.aud = audiences.of({ resource: token.aud, scope: token.scope ?? '' });
    if (grantId !== undefined) payload.grant_id = grantId;
  };
}
