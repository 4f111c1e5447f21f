import { createHash } from 'node:crypto';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { JsonObject } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import { bodyOf } from '../contract/answer-json.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';

export interface ReceivedIdToken {
  readonly claims: JsonObject;
  readonly idToken: string;
  readonly accessToken: string;
  readonly clientId: string;
}

/** Checks `azp` and `at_hash` (OpenID Connect Core 3.1.3.7, 3.1.3.8), which the library does not. @throws Error */
export function checkIdToken({ claims, idToken, accessToken, clientId }: ReceivedIdToken): void {
  const { azp, at_hash: atHash } = claims;
  if (azp !== undefined && azp !== clientId)
    throw new Error('the ID token was issued to another client (azp)');
  if (atHash !== undefined && atHash !== hashFor(idToken, accessToken))
    throw new Error('the ID token is for another access token (at_hash)');
}

/**
 * Checks an HS signature, whose key is the client secret (OpenID Connect Core 10.1). The library does not. @throws
 * Error
 */
export async function checkHmac(idToken: string, clientSecret: Secret | undefined): Promise<void> {
  const key = new TextEncoder().encode(clientSecret?.reveal() ?? '');
  if (key.length === 0) throw new Error('the ID token is signed with a client secret, and there is none');
  await compactVerify(idToken, key, { algorithms: ['HS256', 'HS384', 'HS512'] });
}

/**
 * Returns the issuer that the ID token of this answer must name, where that depends on the person's tenant. The strict
 * client accepts only one issuer, so it gets this one and reads the answer again. The claims are unverified until then.
 * @throws Error if the tenant may not sign in
 */
export function tokenIssuerOf(
  { tokenIssuer }: Connector,
  registration: Registration,
  answer: HttpAnswer | undefined,
): string {
  const idToken = answer && bodyOf(answer)?.id_token;
  if (!tokenIssuer || typeof idToken !== 'string') return registration.issuer;
  const issuer = tokenIssuer(decodeJwt(idToken) as JsonObject, registration);
  if (issuer === undefined) throw new Error('the ID token is of a tenant whose people may not sign in');
  return issuer;
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
