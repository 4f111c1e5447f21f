import { z } from 'zod';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SecondIssuer } from '../ports.ts';
import type { RevocableToken, Revocations } from '../revocation/revocations.ts';
import { systemTime } from '../system-time.ts';
import { actClaim, actorsOf, apiClaim } from './actors.ts';
import { approvedDetail } from './call-details.ts';
import { connectionsClaim } from './claims.ts';
import { createVerifiedTokens, type Verified } from './verified-tokens.ts';
import { type VerifiedJws, verifyJws } from './verify-jws.ts';

/** The claims of our JWT access tokens (RFC 9068). */
const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  client_id: z.string(),
  scope: z.string().default(''),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
  grant_id: z.string().optional(),
  auth_time: z.number().optional(),
  // Strict: a binding that this version does not know must not be passed over.
  cnf: z.strictObject({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() }).optional(),
  [connectionsClaim]: z.array(z.string()).optional(),
  act: actClaim.optional(),
  may_act: z.looseObject({ sub: z.string() }).optional(),
  [apiClaim]: z.string().optional(),
  authorization_details: z.array(approvedDetail).optional(),
});

export type AccessTokenClaims = z.infer<typeof claims>;

export interface JwtAccessTokens {
  /** Returns the claims of a token that is ours, unexpired and not revoked. Reads no table. */
  read(token: string, audience?: string): Promise<AccessTokenClaims | undefined>;
  /** Returns the same at once. */
  known(token: string, audience: string): AccessTokenClaims | undefined;
  /** Returns the same, by the revocations that the table has now. */
  readNow(token: string, audience?: string): Promise<AccessTokenClaims | undefined>;
}

export interface JwtAccessTokenDeps {
  /** This server's issuers. */
  readonly issuers: readonly string[];
  readonly second?: Pick<SecondIssuer, 'issuer' | 'accessToken'> | undefined;
  readonly keys: Pick<SigningKeys, 'verifierOf' | 'has'>;
  readonly revocations: Pick<Revocations, 'covers' | 'refresh'>;
}

export function createJwtAccessTokens(deps: JwtAccessTokenDeps): JwtAccessTokens {
  const { keys, revocations } = deps;
  // No TTL: the token's own `exp` is checked at each read.
  const verified = createVerifiedTokens();

  function verify(token: string): Verified | undefined {
    const jws = verifyJws(token, keys.verifierOf);
    const parsed = claims.safeParse(jws?.payload);
    if (!jws || !parsed.success || !isAccessToken(jws, parsed.data, deps)) return undefined;
    return { claims: parsed.data, kid: jws.kid };
  }

  // A key that has left the set ends the tokens that it signed.
  const isLive = ({ claims: { exp, nbf = 0 }, kid }: Verified) => {
    const now = Math.floor(systemTime().getTime() / 1000);
    return exp > now && nbf <= now && keys.has(kid);
  };

  const usable = ({ claims }: Verified, audience: string | undefined): AccessTokenClaims | undefined => {
    if (audience !== undefined && ![claims.aud].flat().includes(audience)) return undefined;
    return revocations.covers(revocable(claims)) ? undefined : claims;
  };

  function known(token: string, audience?: string): AccessTokenClaims | undefined {
    const cached = verified.get(token);
    const found = cached ?? verify(token);
    if (!found || !isLive(found)) return undefined;
    if (!cached) verified.set(token, found);
    return usable(found, audience);
  }
  const read = async (token: string, audience?: string) => known(token, audience);

  return {
    read,
    known,
    async readNow(token, audience) {
      const claims = await read(token, audience);
      if (!claims) return undefined;
      await revocations.refresh(revocable(claims));
      return await read(token, audience);
    },
  };
}

/** Returns whether the token is one of ours for APIs, and no ID token, which the same keys sign. */
function isAccessToken(
  { typ, payload }: VerifiedJws,
  { iss }: AccessTokenClaims,
  { issuers, second }: JwtAccessTokenDeps,
): boolean {
  // RFC 9068 section 4: the media type may have its prefix, in any case.
  if (/^(?:application\/)?at\+jwt$/i.test(typ ?? '')) return issuers.includes(iss);
  if (!second || typ !== second.accessToken.headerType || iss !== second.issuer) return false;
  // The header type is that of ID tokens too, so that a claim tells them apart (RFC 8725 section 3.12).
  const stated = payload as Readonly<Record<string, unknown>>;
  return Object.entries(second.accessToken.marks).every(([name, value]) => stated[name] === value);
}

function revocable(claims: AccessTokenClaims): RevocableToken {
  const { jti, grant_id: grantId, client_id: clientId, iat: issuedAt, act } = claims;
  return { jti, grantId, clientId, actors: actorsOf(act), userId: userOf(claims), issuedAt };
}

/** Returns the user, or undefined for a client-credentials token, whose subject is the app. */
export function userOf({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>): string | undefined {
  return sub === client_id ? undefined : sub;
}
