import type { IsSignedBy } from '../keys/signature.ts';

/** A JWT whose signature is right. Its claims are not checked yet. */
export interface VerifiedJws {
  readonly kid: string;
  /** Undefined: the header has none. */
  readonly typ: string | undefined;
  readonly payload: unknown;
}

// Three base64url parts (RFC 7515 section 3.1), and no more than a request header holds.
const compact = /^([\w-]{1,1024})\.([\w-]{1,12288})\.([\w-]{1,1024})$/;

/**
 * Verifies a compact JWS that a key of ours has signed. Undefined: the token is not one. The key decides about the algorithm
 * (RFC 8725 section 3.1), and none of our tokens has a header that must be understood (RFC 7515 section 4.1.11).
 */
export function verifyJws(
  token: string,
  keyOf: (kid: string, alg: string) => IsSignedBy | undefined,
): VerifiedJws | undefined {
  const [, header = '', body = '', signature = ''] = compact.exec(token) ?? [];
  if (signature === '') return undefined;
  const { alg, kid, typ, crit, b64 } = objectIn(header) ?? {};
  if (typeof alg !== 'string' || typeof kid !== 'string' || crit !== undefined || b64 !== undefined)
    return undefined;
  if (typ !== undefined && typeof typ !== 'string') return undefined;
  const signed = Buffer.from(token.slice(0, header.length + 1 + body.length), 'latin1');
  if (!keyOf(kid, alg)?.(signed, Buffer.from(signature, 'base64url'))) return undefined;
  const payload = objectIn(body);
  return payload && { kid, typ, payload };
}

/** Returns the JSON object of a part. */
function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...(value as Record<string, unknown>) }
      : undefined;
  } catch {
    return undefined;
  }
}
