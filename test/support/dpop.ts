import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import {
  type CompactJWSHeaderParameters,
  CompactSign,
  calculateJwkThumbprint,
  exportJWK,
  type JWK,
} from 'jose';

/** The key of a client that speaks DPoP. */
export interface DpopKey {
  readonly alg: string;
  readonly publicJwk: JWK;
  readonly jkt: string;
  readonly privateKey: KeyObject;
}

export async function createDpopKey(alg: 'ES256' | 'Ed25519' | 'RS256' = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519');
  const publicJwk = await exportJWK(publicKey);
  return { alg, publicJwk, jkt: await calculateJwkThumbprint(publicJwk), privateKey };
}

export interface ProofParts {
  readonly header?: object;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The key that signs in place of the one that the header names. */
  readonly signer?: KeyObject;
}

export interface ProofFor {
  readonly method: string;
  readonly url: string;
  readonly token?: string;
  readonly nonce?: string | undefined;
}

/** Returns a proof (RFC 9449 section 4.2), with parts that replace the right ones. */
export async function proof(
  key: DpopKey,
  { method, url, token, nonce }: ProofFor,
  { header = {}, claims = {}, signer = key.privateKey }: ProofParts = {},
): Promise<string> {
  const payload = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: url.split(/[?#]/)[0],
    iat: Math.floor(Date.now() / 1000),
    ...(token !== undefined && { ath: hash('sha256', token, 'base64url') }),
    ...(nonce !== undefined && { nonce }),
    ...claims,
  };
  const head = { typ: 'dpop+jwt', alg: key.alg, jwk: key.publicJwk, ...header } as CompactJWSHeaderParameters;
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(head)
    .sign(signer);
}
