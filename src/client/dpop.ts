import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Now, systemNow } from './clock.ts';
import { fieldsOf } from './json.ts';

/** A pair of WebCrypto keys, as jose's `generateKeyPair` makes them. */
export interface DpopKeys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export type DpopAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'Ed25519' | 'EdDSA' | 'RS256' | 'PS256';

export interface DpopOptions {
  /** The default is a new pair, which the process keeps in memory alone. */
  readonly keys?: DpopKeys;
  /** The algorithm of the keys; ES256 by default. */
  readonly algorithm?: DpopAlgorithm;
  readonly now?: Now;
}

/** The request that a proof is for. */
export interface ProofSubject {
  readonly method: string;
  readonly url: string | URL;
  /** The access token that the request carries; absent at the token endpoint. */
  readonly accessToken?: string | undefined;
  readonly nonce?: string | undefined;
}

export interface SendOptions {
  /** Sent as `Authorization: DPoP`. */
  readonly accessToken?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** A key that tokens are bound to (RFC 9449). */
export interface Dpop {
  /** The key's thumbprint: `dpop_jkt` of an authorization request, `cnf.jkt` of tokens. */
  readonly thumbprint: string;
  proof(subject: ProofSubject): Promise<string>;
  /**
   * Sends a request with a proof. It keeps the nonces of each server, and sends the request once more when the server asks
   * for a nonce. A body that is a stream is sent once only.
   */
  fetch(url: string | URL, init?: RequestInit, options?: SendOptions): Promise<Response>;
}

/** Creates the proofs of one key. */
export async function createDpop(options: DpopOptions = {}): Promise<Dpop> {
  const { algorithm = 'ES256', now = systemNow } = options;
  const keys = options.keys ?? (await generateKeyPair(algorithm));
  const jwk = await exportJWK(keys.publicKey);
  const thumbprint = await calculateJwkThumbprint(jwk);
  /** The last nonce of each server, by its origin (RFC 9449 section 8.2). */
  const nonces = new Map<string, string>();

  const proof: Dpop['proof'] = async ({ method, url, accessToken, nonce }) => {
    const { origin, pathname } = new URL(url);
    const claims = {
      jti: randomUUID(),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(now() / 1000),
      ...(accessToken !== undefined && {
        ath: createHash('sha256').update(accessToken).digest('base64url'),
      }),
      ...(nonce !== undefined && { nonce }),
    };
    const header = { alg: algorithm, typ: 'dpop+jwt', jwk };
    return await new SignJWT(claims).setProtectedHeader(header).sign(keys.privateKey);
  };

  return {
    thumbprint,
    proof,
    async fetch(url, init = {}, { accessToken, fetch: send = fetch } = {}) {
      const target = new URL(url);
      const method = (init.method ?? 'GET').toUpperCase();
      const once = async (): Promise<Response> => {
        const headers = new Headers(init.headers);
        const nonce = nonces.get(target.origin);
        headers.set('dpop', await proof({ method, url: target, accessToken, nonce }));
        if (accessToken !== undefined) headers.set('authorization', `DPoP ${accessToken}`);
        const response = await send(target, { ...init, method, headers });
        const next = response.headers.get('dpop-nonce');
        if (next !== null) nonces.set(target.origin, next);
        return response;
      };
      const response = await once();
      const isReplayable = !(init.body instanceof ReadableStream);
      return isReplayable && (await asksForNonce(response)) ? await once() : response;
    },
  };
}

/** RFC 9449 section 8 for the token endpoint, section 9 for resources. */
async function asksForNonce(response: Response): Promise<boolean> {
  if (!response.headers.has('dpop-nonce')) return false;
  if (response.status === 401)
    return /error="?use_dpop_nonce/.test(response.headers.get('www-authenticate') ?? '');
  if (response.status !== 400) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return fieldsOf(body).error === 'use_dpop_nonce';
}
