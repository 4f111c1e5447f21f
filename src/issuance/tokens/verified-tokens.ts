import { hash } from 'node:crypto';
import { createCache } from '../../kit/cache.ts';
import type { AccessTokenClaims } from './access-token-claims.ts';

/** The part of a verified token that cannot change. Expiry, key and revocations are checked at each use. */
export interface Verified {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
}

/** The verified tokens of this process. A hit saves the check of the signature, and nothing else. */
export interface VerifiedTokens {
  get(token: string): Verified | undefined;
  set(token: string, verified: Verified): void;
}

/** The bytes that the cache takes: about 60,000 tokens. `docs/decisions/034-caches.md` has the bound. */
const mostBytes = 24 * 1024 * 1024;
/** An entry without its texts, in V8: the digest, the object, and its places in the map and in the order of use. */
const bytesOfEntry = 260;
const bytesOfText = 24;
const mostShared = 500;
/** A longer text is of one token alone. */
const longestShared = 2_048;

type Own = Pick<AccessTokenClaims, 'sub' | 'jti' | 'iat' | 'exp' | 'grant_id' | 'auth_time'>;
type Shared = Omit<AccessTokenClaims, keyof Own>;

/** The claims that many tokens of an app have in common are kept once for all of them. */
interface Common {
  readonly shared: Shared;
  readonly kid: string;
}

/** The members stand in the object itself, which takes less than an object of its own. */
interface Entry extends Own {
  readonly common: Common;
  readonly size: number;
}

/** Returns a cache that is bounded by its bytes, and that holds no token but its digest. */
export function createVerifiedTokens(): VerifiedTokens {
  const entries = createCache<Entry>({ maxBytes: mostBytes, sizeOf: ({ size }) => size });
  const known = createCache<Common>({ max: mostShared });

  return {
    get(token) {
      const entry = entries.get(digestOf(token));
      if (!entry) return undefined;
      const { common, size: _size, ...own } = entry;
      return { claims: { ...common.shared, ...own }, kid: common.kid };
    },
    set(token, { claims, kid }) {
      const { sub, jti, iat, exp, grant_id, auth_time, ...shared } = claims;
      const text = JSON.stringify([kid, shared]);
      const isCommon = text.length <= longestShared;
      const seen = isCommon ? known.get(text) : undefined;
      const common = seen ?? { shared, kid };
      if (isCommon && !seen) known.set(text, common);
      const texts = [sub, jti, grant_id ?? ''].reduce((sum, { length }) => sum + bytesOfText + length, 0);
      // Parsed objects take several times their text.
      const size = bytesOfEntry + texts + (seen ? 0 : 4 * text.length);
      entries.set(digestOf(token), { sub, jti, iat, exp, grant_id, auth_time, common, size });
    },
  };
}

/** Returns all 32 bytes of the hash, as 32 characters: half the memory of its text in base64url. */
function digestOf(token: string): string {
  return hash('sha256', token, 'binary');
}
