import { type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Revocations } from './revocations.ts';

/** The claims of a JWT access token of ours (RFC 9068). */
const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  client_id: z.string(),
  scope: z.string().default(''),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  grant_id: z.string().optional(),
});

export type AccessTokenClaims = z.infer<typeof claims>;

export interface JwtAccessTokens {
  /** The claims when the token is ours, alive and not revoked. Reads no table. */
  read(token: string, audience?: string): Promise<AccessTokenClaims | undefined>;
}

export interface JwtAccessTokenDeps {
  readonly issuer: string;
  readonly verificationKey: JWTVerifyGetKey;
  readonly revocations: Pick<Revocations, 'covers'>;
}

// Three base64url parts (RFC 7515), and no more than a request header holds.
const compact = /^[\w-]{1,1024}\.[\w-]{1,12288}\.[\w-]{1,1024}$/;

function looksLikeJwt(token: string): boolean {
  return compact.test(token);
}

export function createJwtAccessTokens(deps: JwtAccessTokenDeps): JwtAccessTokens {
  const { issuer, verificationKey, revocations } = deps;
  return {
    async read(token, audience) {
      if (!looksLikeJwt(token)) return undefined;
      const verified = await jwtVerify(token, verificationKey, {
        // RFC 8725 section 3.1: the algorithm is ours to say, not the header's.
        algorithms: ['RS256'],
        typ: 'at+jwt',
        issuer,
        ...(audience !== undefined && { audience }),
      }).catch(() => undefined);
      const parsed = claims.safeParse(verified?.payload);
      if (!parsed.success) return undefined;
      const { jti, grant_id: grantId, client_id: clientId, iat: issuedAt } = parsed.data;
      const revoked = revocations.covers({ jti, grantId, clientId, userId: userOf(parsed.data), issuedAt });
      return revoked ? undefined : parsed.data;
    },
  };
}

/** A client-credentials token has the app as its subject. */
export function userOf({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>): string | undefined {
  return sub === client_id ? undefined : sub;
}
