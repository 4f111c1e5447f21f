import { hash } from 'node:crypto';
import { z } from 'zod';
import { type IsSignedBy, type SignatureAlg, signatureCheck } from '../keys/signature.ts';

/** The key of a DPoP proof. */
export interface ProofKey {
  /** The thumbprint of the key (RFC 7638, SHA-256), as in `cnf.jkt`. */
  readonly jkt: string;
  readonly isSignedBy: IsSignedBy;
}

const text = z.string().min(1).max(2048);
const ec = <Alg extends 'ES256' | 'ES384'>(alg: Alg, crv: string) =>
  z.object({
    alg: z.literal(alg),
    jwk: z.object({ kty: z.literal('EC'), crv: z.literal(crv), x: text, y: text }),
  });
const curves = [ec('ES256', 'P-256'), ec('ES384', 'P-384')];
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
  for (const shape of curves) {
    const { data } = shape.safeParse(header);
    if (!data) continue;
    const { kty, crv, x, y } = data.jwk;
    return keyWith(data.alg, { crv, kty, x, y });
  }
  return undefined;
}

function edwardsKey(header: unknown): ProofKey | undefined {
  const { data } = okp.safeParse(header);
  if (!data) return undefined;
  const { kty, crv, x } = data.jwk;
  return keyWith(data.alg, { crv, kty, x });
}

function rsaKey(header: unknown): ProofKey | undefined {
  const { data } = rsa.safeParse(header);
  if (!data) return undefined;
  const { kty, n, e } = data.jwk;
  return keyWith(data.alg, { e, kty, n });
}

/** The members are in the order of RFC 7638 section 3. */
function keyWith(alg: SignatureAlg, members: Readonly<Record<string, string>>): ProofKey | undefined {
  const isSignedBy = signatureCheck(alg, members);
  return isSignedBy && { jkt: hash('sha256', JSON.stringify(members), 'base64url'), isSignedBy };
}
