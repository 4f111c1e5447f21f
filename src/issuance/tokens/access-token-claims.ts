import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import type { Audiences } from '../registry/audiences.ts';

interface Parts {
  payload?: Record<string, unknown>;
}

/** What our JWT access tokens say beyond RFC 9068: all their audiences, and the grant they fall with. */
export function createAccessTokenClaims(audiences: Audiences) {
  return (_ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials, { payload }: Parts): void => {
    if (!payload || typeof token.aud !== 'string') return;
    const { grantId } = 'accountId' in token ? token : {};
    payload.aud = audiences.of({ resource: token.aud, scope: token.scope ?? '' });
    if (grantId !== undefined) payload.grant_id = grantId;
  };
}
