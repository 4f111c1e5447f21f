import { createHash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import type { JsonObject } from './wire.ts';

export interface ReceivedIdToken {
  readonly claims: JsonObject;
  readonly idToken: string;
  readonly accessToken: string;
  readonly clientId: string;
}

/** What OpenID Connect Core 3.1.3.7 and 3.1.3.8 ask beyond what the library has checked. @throws Error */
export function checkIdToken({ claims, idToken, accessToken, clientId }: ReceivedIdToken): void {
  const { azp, at_hash: atHash } = claims;
  if (azp !== undefined && azp !== clientId)
    throw new Error('the ID token was issued to another client (azp)');
  if (atHash !== undefined && atHash !== hashFor(idToken, accessToken))
    throw new Error('the ID token is for another access token (at_hash)');
}

function hashFor(idToken: string, accessToken: string): string {
  const { alg = '' } = decodeProtectedHeader(idToken);
  const digest = createHash(hashOf(alg)).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

function hashOf(alg: string): string {
  // RFC 8032: Ed25519 hashes with SHA-512; the others carry the number in their name.
  if (alg === 'EdDSA' || alg === 'Ed25519') return 'sha512';
  const bits = /^(?:HS|RS|ES|PS)(256|384|512)$/.exec(alg)?.[1];
  if (bits === undefined) throw new Error('the ID token is signed by an unknown algorithm');
  return `sha${bits}`;
}
