import { jwtVerify } from 'jose';
import { z } from 'zod';
import { createCache } from '../../kit/cache.ts';
import { hashOf } from '../../kit/ids.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import { oidcTime } from '../oidc-time.ts';
import { signingAlgs } from '../registry/signing-alg.ts';
import type { RevocableToken, Revocations } from '../revocation/revocations.ts';

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
  /** The same, by what the table says at this moment. */
  readNow(token: string, audience?: string): Promise<AccessTokenClaims | undefined>;
}

export interface JwtAccessTokenDeps {
  /** The names of this server. */
  readonly issuers: readonly string[];
  readonly keys: Pick<SigningKeys, 'verificationKey' | 'has'>;
  readonly revocations: Pick<Revocations, 'covers' | 'learn'>;
}

// Three base64url parts (RFC 7515), and no more than a request header holds.
const compact = /^[\w-]{1,1024}\.[\w-]{1,12288}\.[\w-]{1,1024}$/;

function looksLikeJwt(token: string): boolean {
  return compact.test(token);
}

/** What a signature has proven for good; what can change is looked at on every call. */
interface Proven {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
}

/** The size of the cache of verified tokens. A hit saves the check of the signature, and nothing else. */
const mostVerified = 10_000;

export function createJwtAccessTokens({ issuers, keys, revocations }: JwtAccessTokenDeps): JwtAccessTokens {
  // No TTL: the token's own `exp` is checked at each read.
  const verified = createCache<Proven>({ max: mostVerified });

  async function prove(token: string): Promise<Proven | undefined> {
    if (!looksLikeJwt(token)) return undefined;
    const checked = await jwtVerify(token, keys.verificationKey, {
      // RFC 8725 section 3.1: the algorithm is the key's, and each key has one; the header only names the key.
      algorithms: [...signingAlgs],
      typ: 'at+jwt',
      issuer: [...issuers],
    }).catch(() => undefined);
    const parsed = claims.safeParse(checked?.payload);
    const kid = checked?.protectedHeader.kid;
    return parsed.success && kid !== undefined ? { claims: parsed.data, kid } : undefined;
  }

  async function read(token: string, audience?: string): Promise<AccessTokenClaims | undefined> {
    const name = hashOf(token);
    const known = verified.get(name);
    const proven = known ?? (await prove(token));
    if (!proven) return undefined;
    const { exp, aud } = proven.claims;
    // A key that has left the set takes what it signed with it.
    if (exp <= Math.floor(oidcTime().getTime() / 1000) || !keys.has(proven.kid)) return undefined;
    if (!known) verified.set(name, proven);
    if (audience !== undefined && ![aud].flat().includes(audience)) return undefined;
    return revocations.covers(revocable(proven.claims)) ? undefined : proven.claims;
  }

  return {
    read,
    async readNow(token, audience) {
      const claims = await read(token, audience);
      if (!claims) return undefined;
      await revocations.learn(revocable(claims));
      return await read(token, audience);
    },
  };
}

function revocable(claims: AccessTokenClaims): RevocableToken {
  const { jti, grant_id: grantId, client_id: clientId, iat: issuedAt } = claims;
  return { jti, grantId, clientId, userId: userOf(claims), issuedAt };
}

/** A client-credentials token has the app as its subject. */
export function userOf({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>): string | undefined {
  return sub === client_id ? undefined : sub;
}
