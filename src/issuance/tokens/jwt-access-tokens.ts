import { decodeProtectedHeader, jwtVerify } from 'jose';
import { z } from 'zod';
import { createCache } from '../../kit/cache.ts';
import { hashOf } from '../../kit/ids.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SecondIssuer } from '../ports.ts';
import { signingAlgs } from '../registry/signing-alg.ts';
import type { RevocableToken, Revocations } from '../revocation/revocations.ts';
import { systemTime } from '../system-time.ts';
import { actClaim, actorsOf, apiClaim } from './actors.ts';
import { approvedDetail } from './call-details.ts';
import { connectionsClaim } from './claims.ts';

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
  /** Returns the same at once, for a token whose signature was checked before. */
  known(token: string, audience: string): AccessTokenClaims | undefined;
  /** Returns the same, by the revocations that the table has now. */
  readNow(token: string, audience?: string): Promise<AccessTokenClaims | undefined>;
}

export interface JwtAccessTokenDeps {
  /** This server's issuers. */
  readonly issuers: readonly string[];
  readonly second?: Pick<SecondIssuer, 'issuer' | 'accessToken'> | undefined;
  readonly keys: Pick<SigningKeys, 'verificationKey' | 'has'>;
  readonly revocations: Pick<Revocations, 'covers' | 'refresh'>;
}

// Three base64url parts (RFC 7515), and no more than a request header holds.
const compact = /^[\w-]{1,1024}\.[\w-]{1,12288}\.[\w-]{1,1024}$/;

function looksLikeJwt(token: string): boolean {
  return compact.test(token);
}

/** The part of a verified token that cannot change. Expiry, key and revocations are checked at each call. */
interface Verified {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
}

/** The size of the cache of verified tokens. A hit saves the check of the signature, and nothing else. */
const mostVerified = 10_000;

export function createJwtAccessTokens(deps: JwtAccessTokenDeps): JwtAccessTokens {
  const { keys, revocations } = deps;
  // No TTL: the token's own `exp` is checked at each read.
  const verified = createCache<Verified>({ max: mostVerified });

  async function verify(token: string): Promise<Verified | undefined> {
    if (!looksLikeJwt(token)) return undefined;
    const checked = await check(token, deps).catch(() => undefined);
    const parsed = claims.safeParse(checked?.payload);
    const kid = checked?.protectedHeader.kid;
    return parsed.success && kid !== undefined ? { claims: parsed.data, kid } : undefined;
  }

  // A key that has left the set ends the tokens that it signed.
  const isLive = ({ claims: { exp }, kid }: Verified) =>
    exp > Math.floor(systemTime().getTime() / 1000) && keys.has(kid);

  const usable = ({ claims }: Verified, audience: string | undefined): AccessTokenClaims | undefined => {
    if (audience !== undefined && ![claims.aud].flat().includes(audience)) return undefined;
    return revocations.covers(revocable(claims)) ? undefined : claims;
  };

  async function read(token: string, audience?: string): Promise<AccessTokenClaims | undefined> {
    const tokenHash = hashOf(token);
    const cached = verified.get(tokenHash);
    const found = cached ?? (await verify(token));
    if (!found || !isLive(found)) return undefined;
    if (!cached) verified.set(tokenHash, found);
    return usable(found, audience);
  }

  return {
    read,
    known(token, audience) {
      const found = verified.get(hashOf(token));
      return found && isLive(found) ? usable(found, audience) : undefined;
    },
    async readNow(token, audience) {
      const claims = await read(token, audience);
      if (!claims) return undefined;
      await revocations.refresh(revocable(claims));
      return await read(token, audience);
    },
  };
}

async function check(token: string, { issuers, second, keys }: JwtAccessTokenDeps) {
  // RFC 8725 section 3.1: each key has one algorithm. The header only selects the key.
  const algorithms = [...signingAlgs];
  const { typ } = decodeProtectedHeader(token);
  if (!second || typ !== second.accessToken.headerType)
    return await jwtVerify(token, keys.verificationKey, { algorithms, typ: 'at+jwt', issuer: [...issuers] });
  const checked = await jwtVerify(token, keys.verificationKey, { algorithms, issuer: second.issuer });
  // The header type is that of ID tokens too, so that a claim tells them apart (RFC 8725 section 3.12).
  const isMarked = Object.entries(second.accessToken.marks).every(
    ([name, value]) => checked.payload[name] === value,
  );
  return isMarked ? checked : undefined;
}

function revocable(claims: AccessTokenClaims): RevocableToken {
  const { jti, grant_id: grantId, client_id: clientId, iat: issuedAt, act } = claims;
  return { jti, grantId, clientId, actors: actorsOf(act), userId: userOf(claims), issuedAt };
}

/** Returns the user, or undefined for a client-credentials token, whose subject is the app. */
export function userOf({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>): string | undefined {
  return sub === client_id ? undefined : sub;
}
