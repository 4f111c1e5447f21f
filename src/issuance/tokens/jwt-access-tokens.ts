import type { SigningKeys } from '../keys/signing-keys.ts';
import type { SecondIssuer } from '../ports.ts';
import type { RevocableToken, Revocations } from '../revocation/revocations.ts';
import { systemTime } from '../system-time.ts';
import { type AccessTokenClaims, accessTokenClaims } from './access-token-claims.ts';
import { actorsOf } from './actors.ts';
import { createVerifiedTokens, type Verified } from './verified-tokens.ts';
import { type VerifiedJws, verifyJws } from './verify-jws.ts';

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
    const parsed = accessTokenClaims.safeParse(jws?.payload);
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
