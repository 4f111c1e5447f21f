import { constants, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';

/** The key of a DPoP proof. */
export interface ProofKey {
  /** The thumbprint of the key (RFC 7638, SHA-256), as in `cnf.jkt`. */
  readonly jkt: string;
  isSignedBy(signed: Buffer, signature: Buffer): boolean;
}

const text = z.string().min(1).max(2048);
const ec = (alg: string, crv: string, size: number) => ({
  header: z.object({
    alg: z.literal(alg),
    jwk: z.object({ kty: z.literal('EC'), crv: z.literal(crv), x: text, y: text }),
  }),
  size,
});
const curves = [ec('ES256', 'P-256', 32), ec('ES384', 'P-384', 48)];
const okp = z.object({
  alg: z.enum(['Ed25519', 'EdDSA']),
  jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: text }),
});
const rsa = z.object({
  alg: z.enum(['PS256', 'RS256']),
  jwk: z.object({ kty: z.literal('RSA'), n: text, e: text.max(8) }),
});

/** Members of private and symmetric keys (RFC 7518 section 6), which a proof must not contain. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const anyHeader = z
  .object({
    typ: z.string().regex(/^(application\/)?dpop\+jwt$/i),
    alg: z.string(),
    crit: z.undefined().optional(),
    // The members that say how a key may be used (RFC 7517 section 4), as jose reads them.
    jwk: z
      .looseObject({
        use: z.literal('sig').optional(),
        key_ops: z.tuple([z.literal('verify')]).optional(),
        alg: z.string().optional(),
      })
      .refine((jwk) => !secretMembers.some((name) => name in jwk)),
  })
  .refine(({ alg, jwk }) => jwk.alg === undefined || jwk.alg === alg);

/** Returns the key that the header of a proof names, or undefined for a header that RFC 9449 section 4.2 does not allow. */
export function proofKeyOf(header: unknown): ProofKey | undefined {
  if (!anyHeader.safeParse(header).success) return undefined;
  try {
    return ellipticKey(header) ?? edwardsKey(header) ?? rsaKey(header);
  } catch {
    // The coordinates are those of no key.
    return undefined;
  }
}

function ellipticKey(header: unknown): ProofKey | undefined {
  for (const { header: shape, size } of curves) {
    const { data } = shape.safeParse(header);
    if (!data) continue;
    const { kty, crv, x, y } = data.jwk;
    const key = keyOf({ kty, crv, x, y });
    const digest = `sha${size * 8}`;
    return {
      jkt: thumbprint({ crv, kty, x, y }),
      // Node takes a third longer to convert the signature.
      isSignedBy: (signed, signature) =>
        signature.length === 2 * size && verify(digest, signed, key, derOf(signature, size)),
    };
  }
  return undefined;
}

function edwardsKey(header: unknown): ProofKey | undefined {
  const { data } = okp.safeParse(header);
  if (!data) return undefined;
  const { kty, crv, x } = data.jwk;
  const key = keyOf({ kty, crv, x });
  return {
    jkt: thumbprint({ crv, kty, x }),
    isSignedBy: (signed, signature) => verify(null, signed, key, signature),
  };
}

const leastModulus = 2048;
const mostModulus = 4096;

function rsaKey(header: unknown): ProofKey | undefined {
  const { data } = rsa.safeParse(header);
  if (!data) return undefined;
  const { kty, n, e } = data.jwk;
  const key = keyOf({ kty, n, e });
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < leastModulus || modulusLength > mostModulus) return undefined;
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return {
    jkt: thumbprint({ e, kty, n }),
    isSignedBy: (signed, signature) => verify('sha256', signed, data.alg === 'PS256' ? pss : key, signature),
  };
}

function keyOf(jwk: Record<string, string>): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** The members are in the order of RFC 7638 section 3. */
function thumbprint(members: Readonly<Record<string, string>>): string {
  return hash('sha256', JSON.stringify(members), 'base64url');
}

/** Returns an ECDSA signature of JWS (RFC 7518 section 3.4: two numbers) in the form of X.509, which OpenSSL reads. */
function derOf(signature: Buffer, size: number): Buffer {
  const first = startOf(signature, 0, size);
  const second = startOf(signature, size, 2 * size);
  const [firstZero, secondZero] = [zerosBefore(signature, first), zerosBefore(signature, second)];
  const lengths = [size - first + firstZero, 2 * size - second + secondZero] as const;
  // Zeros: the byte before a number whose first bit is set is one of them.
  const der = Buffer.alloc(6 + lengths[0] + lengths[1]);
  der[0] = 0x30;
  der[1] = der.length - 2;
  der[2] = 0x02;
  der[3] = lengths[0];
  signature.copy(der, 4 + firstZero, first, size);
  der[4 + lengths[0]] = 0x02;
  der[5 + lengths[0]] = lengths[1];
  signature.copy(der, 6 + lengths[0] + secondZero, second, 2 * size);
  return der;
}

/** Returns the position after the leading zeros of a number, of which DER has none. */
function startOf(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end - 1 && bytes[at] === 0) at += 1;
  return at;
}

/** Returns 1 if a number's first bit is set. DER has a zero before it, since the number would be negative. */
function zerosBefore(bytes: Buffer, at: number): 0 | 1 {
  return (bytes[at] ?? 0) >= 0x80 ? 1 : 0;
}
