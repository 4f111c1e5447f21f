import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Returns whether the bytes were signed by the key. */
export type IsSignedBy = (signed: Buffer, signature: Buffer) => boolean;

/** The algorithms of signatures that are checked here (RFC 7518 section 3, RFC 8037, RFC 9864). */
export type SignatureAlg = 'ES256' | 'ES384' | 'Ed25519' | 'EdDSA' | 'PS256' | 'RS256';

type Jwk = Readonly<Record<string, string>>;

const leastModulus = 2048;
const mostModulus = 4096;

/**
 * Returns the check of signatures by a public key, which answers without waiting. jose has none: it calls WebCrypto, which takes
 * four times the CPU. Undefined: jose refuses such a key for the algorithm. @throws where the numbers are those of no key
 */
export function signatureCheck(alg: SignatureAlg, jwk: Jwk): IsSignedBy | undefined {
  switch (alg) {
    case 'ES256':
      return ecdsa(jwk, 'P-256', 32);
    case 'ES384':
      return ecdsa(jwk, 'P-384', 48);
    case 'Ed25519':
    case 'EdDSA':
      return edwards(jwk);
    case 'PS256':
    case 'RS256':
      return rsa(jwk, alg);
  }
}

function keyOf(jwk: Jwk): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function ecdsa(
  { kty = '', crv = '', x = '', y = '' }: Jwk,
  curve: string,
  size: number,
): IsSignedBy | undefined {
  if (kty !== 'EC' || crv !== curve) return undefined;
  const key = keyOf({ kty, crv, x, y });
  const digest = `sha${size * 8}`;
  return (signed, signature) =>
    // Node takes a third longer to convert the signature.
    signature.length === 2 * size && verify(digest, signed, key, derOf(signature, size));
}

function edwards({ kty = '', crv = '', x = '' }: Jwk): IsSignedBy | undefined {
  if (kty !== 'OKP' || crv !== 'Ed25519') return undefined;
  const key = keyOf({ kty, crv, x });
  return (signed, signature) => verify(null, signed, key, signature);
}

function rsa({ kty = '', n = '', e = '' }: Jwk, alg: 'PS256' | 'RS256'): IsSignedBy | undefined {
  if (kty !== 'RSA') return undefined;
  const key = keyOf({ kty, n, e });
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < leastModulus || modulusLength > mostModulus) return undefined;
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return (signed, signature) => verify('sha256', signed, alg === 'PS256' ? pss : key, signature);
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
