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
  .refine(isStrong, 'is no public key, or an RSA key shorter than 2048 bits');

/** The public keys of an app's assertions (RFC 7517). */
export const clientKeys = z.object({ keys: z.array(publicKey).min(1).max(10) });

export type ClientKeys = z.output<typeof clientKeys>;

function isStrong(jwk: object): boolean {
  try {
    const key: JsonWebKey = JSON.parse(JSON.stringify(jwk));
    const { asymmetricKeyDetails: details } = createPublicKey({ key, format: 'jwk' });
    return details?.modulusLength === undefined || details.modulusLength >= 2048;
  } catch {
    return false;
  }
}
