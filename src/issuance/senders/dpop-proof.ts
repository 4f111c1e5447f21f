import { z } from 'zod';
import { createCache } from '../../kit/cache.ts';
import { systemTime } from '../system-time.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import { normalisedUrl } from './normalised-url.ts';
import { type ProofKey, proofKeyOf } from './proof-key.ts';

/** A proof that RFC 9449 section 4.3 refuses. `use_dpop_nonce`: the client is to make another one, with a nonce. */
export class ProofFault extends Error {
  override readonly name = 'ProofFault';
  readonly code: 'invalid_dpop_proof' | 'use_dpop_nonce';

  constructor(message: string, code: ProofFault['code'] = 'invalid_dpop_proof') {
    super(message);
    this.code = code;
  }
}

export interface Proof {
  readonly jkt: string;
  readonly jti: string;
  readonly nonce: string | undefined;
}

/** The request that a proof must be for. */
export interface ProofTarget {
  readonly method: string;
  readonly url: string;
  /** The hash of the access token that is sent with it. Undefined: none is. */
  readonly ath: string | undefined;
}

/** Checks a proof, except whether it was used before. @throws ProofFault */
export type CheckProof = (proof: string, target: ProofTarget) => Proof;

// The sizes leave room for a key of 4096 bits.
const compact = /^([\w-]{1,4096})\.([\w-]{1,4096})\.([\w-]{1,1024})$/;
const payload = z.object({
  jti: z.string().min(1).max(1024),
  htm: z.string(),
  htu: z.string().max(4096),
  iat: z.number(),
  ath: z.string().optional(),
  nonce: z.string().optional(),
});

/** Seconds by which the clock of a client may differ. A client whose clock differs more is given a nonce. */
const longestSkew = 60;
const mostKeys = 10_000;

export interface CheckProofDeps {
  readonly nonces: DpopNonces;
  /** True if each proof must have a nonce. */
  readonly requireNonce: boolean;
}

export function createCheckProof({ nonces, requireNonce }: CheckProofDeps): CheckProof {
  // A client sends the same header with each proof, and the key follows from it alone.
  const keys = createCache<ProofKey>({ max: mostKeys });

  function signedPart(proof: string): { key: ProofKey; claims: unknown } {
    const [, header = '', body = '', signature = ''] = compact.exec(proof) ?? [];
    const known = keys.get(header);
    const key = known ?? proofKeyOf(parsed(header));
    if (!key) throw new ProofFault('its header is not one of a DPoP proof');
    const signed = Buffer.from(proof.slice(0, header.length + 1 + body.length), 'latin1');
    if (!key.isSignedBy(signed, Buffer.from(signature, 'base64url')))
      throw new ProofFault('its signature is wrong');
    if (!known) keys.set(header, key);
    return { key, claims: parsed(body) };
  }

  function checkTime(iat: number, nonce: string | undefined): void {
    if (nonce !== undefined) {
      if (nonces.isFresh(nonce)) return;
      throw new ProofFault('its nonce is not a recent one', 'use_dpop_nonce');
    }
    if (requireNonce) throw new ProofFault('it has no nonce', 'use_dpop_nonce');
    if (Math.abs(systemTime().getTime() / 1000 - iat) > longestSkew)
      throw new ProofFault('its iat is not of this minute', 'use_dpop_nonce');
  }

  return (proof, { method, url, ath }) => {
    const { key, claims } = signedPart(proof);
    const { data } = payload.safeParse(claims);
    if (!data) throw new ProofFault('it lacks a claim');
    if (data.htm !== method) throw new ProofFault('its htm is another method');
    if (data.htu !== url && normalisedUrl(data.htu) !== normalisedUrl(url))
      throw new ProofFault('its htu is another address');
    if (ath !== undefined && data.ath !== ath) throw new ProofFault('its ath is not the hash of the token');
    checkTime(data.iat, data.nonce);
    return { jkt: key.jkt, jti: data.jti, nonce: data.nonce };
  };
}

/** Returns the names of a proof that was checked elsewhere; undefined: no door accepts such a proof. */
export function namesIn(proof: string): Pick<Proof, 'jkt' | 'jti'> | undefined {
  const [, header = '', body = ''] = compact.exec(proof) ?? [];
  try {
    const key = proofKeyOf(parsed(header));
    const { data } = payload.safeParse(parsed(body));
    return key && data && { jkt: key.jkt, jti: data.jti };
  } catch {
    return undefined;
  }
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    throw new ProofFault('it is not a JWT');
  }
}
