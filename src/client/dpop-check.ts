import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { type Now, systemNow } from './clock.ts';

/** The request that a proof must be for. */
export interface ProvenRequest {
  readonly method: string;
  /** The address as the client wrote it, behind any reverse proxy. */
  readonly url: string;
  /** The values of the header `DPoP`. */
  readonly proofs: string | readonly string[] | null | undefined;
}

/** The asymmetric algorithms that proofs may have, as challenges name them. */
export const proofAlgorithms = ['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'RS256', 'PS256'];

/** Seconds by which the clock of a client may differ, and for which a proof cannot be used again. */
const window = 60;
const mostProofs = 100_000;

/** A request without a good proof for its token (RFC 9449 section 4.3). */
export class ProofRefusedError extends Error {
  override readonly name = 'ProofRefusedError';
}

/** Returns the thumbprint of the key of a request's proof. @throws ProofRefusedError */
export type CheckProof = (request: ProvenRequest, accessToken: string) => Promise<string>;

/** A proof counts once in this process: behind a balancer, each process counts for itself. */
export function createProofCheck(now: Now = systemNow): CheckProof {
  const used = new Map<string, number>();

  function isReplay(jti: string, key: string, at: number): boolean {
    const id = createHash('sha256').update(`${key} ${jti}`).digest('base64url');
    if (used.has(id)) return true;
    for (const [oldest, until] of used) {
      if (until > at && used.size < mostProofs) break;
      used.delete(oldest);
    }
    // A proof of the future is good for twice the window.
    used.set(id, at + 2 * window);
    return false;
  }

  return async ({ method, url, proofs }, accessToken) => {
    const [proof, ...more] = (typeof proofs === 'string' ? proofs.split(',') : (proofs ?? [])).map((one) =>
      one.trim(),
    );
    if (proof === undefined || more.length > 0) throw new ProofRefusedError('there is not one proof');
    const at = Math.floor(now() / 1000);
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: proofAlgorithms,
      currentDate: new Date(at * 1000),
      requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
    }).catch((cause: unknown) => {
      throw new ProofRefusedError('the proof is no signed JWT of its type', { cause });
    });
    const { jti, htm, htu, ath, iat = 0 } = payload;
    const hash = createHash('sha256').update(accessToken).digest('base64url');
    if (htm !== method || ath !== hash || typeof htu !== 'string' || !isSamePage(htu, url))
      throw new ProofRefusedError('the proof is for another request');
    if (Math.abs(at - iat) > window) throw new ProofRefusedError('the proof is of another minute');
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {});
    if (typeof jti !== 'string' || isReplay(jti, thumbprint, at))
      throw new ProofRefusedError('the proof was used before');
    return thumbprint;
  };
}

/** Query and fragment do not count (RFC 9449 section 4.3). */
function isSamePage(one: string, other: string): boolean {
  const page = (text: string) => {
    const url = URL.parse(text);
    return url === null ? undefined : url.origin + url.pathname;
  };
  return page(one) !== undefined && page(one) === page(other);
}
