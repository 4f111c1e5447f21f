import { createHash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import type { Json } from '../kit/exact-json.ts';

/**
 * OpenID Connect Core 3.1.3.8: where an ID token names its access token, it must be this one. The library checks the
 * hash in the hybrid flow only. @throws Error
 */
export function checkAtHash(claimed: Json | undefined, idToken: string, accessToken: string): void {
  if (claimed === undefined) return;
  const { alg = '' } = decodeProtectedHeader(idToken);
  const digest = createHash(hashOfAlgorithm(alg)).update(accessToken).digest();
  const expected = digest.subarray(0, digest.length / 2).toString('base64url');
  if (claimed !== expected) throw new Error('the ID token is for another access token (at_hash)');
}

function hashOfAlgorithm(alg: string): string {
  // RFC 8032: Ed25519 hashes with SHA-512; the others carry the number in their name.
  if (alg === 'EdDSA' || alg === 'Ed25519') return 'sha512';
  const bits = /^(?:HS|RS|ES|PS)(256|384|512)$/.exec(alg)?.[1];
  if (bits === undefined) throw new Error('the ID token is signed by an unknown algorithm');
  return `sha${bits}`;
}
