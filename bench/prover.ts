import { generateKeyPairSync, hash, type KeyObject, randomUUID, sign } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';

/** The key of a client that speaks DPoP. */
export interface ProverKey {
  readonly privateKey: KeyObject;
  /** The header of its proofs, encoded. */
  readonly header: string;
  readonly jkt: string;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function createProverKey(): Promise<ProverKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = await exportJWK(publicKey);
  const header = encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk });
  return { privateKey, header, jkt: await calculateJwkThumbprint(jwk) };
}

/** Returns a proof of one GET request. */
export function proofOf(
  { header, privateKey }: ProverKey,
  { url, token }: { readonly url: string; readonly token: string },
): string {
  const claims = encoded({
    jti: randomUUID(),
    htm: 'GET',
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ath: hash('sha256', token, 'base64url'),
  });
  const signed = `${header}.${claims}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
