import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';

/** The algorithms that may sign an app's assertions (RFC 7523). */
export const assertionAlgs = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

const common = {
  kid: z.string().min(1).max(128).optional(),
  alg: z.enum(assertionAlgs).optional(),
  use: z.literal('sig').optional(),
};
const number = z.string().regex(/^[\w-]{1,1400}$/, 'must be base64url');

const kinds = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('RSA'), n: number, e: number, ...common }),
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: number, y: number, ...common }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: number, ...common }),
]);

const publicKey = z
  .record(z.string(), z.unknown())
  .refine(({ d }) => d === undefined, 'is a private key: send the public one, and make a new pair')
  .pipe(kinds)
  .refine(({ kid = '' }) => !/\p{Cc}/u.test(kid), 'has a kid with control characters')
  .superRefine((jwk, context) => {
    const fault = faultOf(jwk);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** The public keys of an app's assertions (RFC 7517). */
export const clientKeys = z.object({
  keys: z
    .array(publicKey)
    .min(1)
    .max(10)
    // RFC 7517 section 4.5: a `kid` chooses among the keys of a set.
    .refine((keys) => {
      const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
      return new Set(kids).size === kids.length;
    }, 'names a kid twice'),
});

/** The stored keys. A row from before a rule stays valid, unless its key signs nothing. */
export const storedClientKeys = z.object({
  keys: z.array(kinds).transform((keys) => keys.filter((jwk) => !isTrivial(jwk))),
});

const publishedKeys = z.object({ keys: z.array(z.unknown()).max(100) });
const mostPublished = 20;

/**
 * Returns the keys of a published set that can sign for an app; undefined: it is no key set. A set may hold other keys, such as those for
 * encryption, which are left out (RFC 7517 section 5).
 */
export function usableClientKeys(published: unknown): ClientKeys | undefined {
  const set = publishedKeys.safeParse(published);
  if (!set.success) return undefined;
  const keys = set.data.keys.flatMap((key) => publicKey.safeParse(key).data ?? []);
  return { keys: keys.slice(0, mostPublished) };
}

export type ClientKeys = z.output<typeof clientKeys>;
type Jwk = z.output<typeof kinds>;

const usualExponent = 65_537n;
/** Larger exponents only make verification slow. */
const largestExponent = 2n ** 32n;

/** Returns why a key is refused, or undefined (NIST SP 800-56B section 6.2 for the exponent). */
function faultOf(jwk: Jwk): string | undefined {
  const details = detailsOf(jwk);
  if (!details) return 'is no public key';
  const { modulusLength, publicExponent } = details;
  if (modulusLength === undefined || publicExponent === undefined) return undefined;
  if (modulusLength < 2048) return 'is an RSA key shorter than 2048 bits';
  if (publicExponent % 2n === 0n) return 'has an even exponent e';
  if (publicExponent < usualExponent) return 'has an exponent e below 65537';
  return publicExponent > largestExponent ? 'has an exponent e above 2^32' : undefined;
}

/** Returns whether anyone can sign for this key: with an exponent of 1 or an even one, RSA signs nothing. */
function isTrivial(jwk: Jwk): boolean {
  if (jwk.kty !== 'RSA') return false;
  const exponent = BigInt(`0x0${Buffer.from(jwk.e, 'base64url').toString('hex')}`);
  return exponent < 3n || exponent % 2n === 0n;
}

function detailsOf(jwk: Jwk) {
  try {
    const key: JsonWebKey = JSON.parse(JSON.stringify(jwk));
    return createPublicKey({ key, format: 'jwk' }).asymmetricKeyDetails;
  } catch {
    return undefined;
  }
}
