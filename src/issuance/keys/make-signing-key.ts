import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { newId } from '../../kit/ids.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { sealColumn } from '../../kit/keys/sealed-column.ts';
import type { SigningAlg } from '../registry/signing-alg.ts';
import type { NewSigningKey } from './signing-key-store.ts';

export const sealContext = (id: string) => `signing_key:${id}:private_jwk`;

/** Makes a key pair whose private part is sealed. */
export async function makeSigningKey(keyring: Keyring, alg: SigningAlg): Promise<NewSigningKey> {
  const id = newId('key');
  const { privateKey } = await generateKeyPair(alg, { modulusLength: 2048, extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: id, alg, use: 'sig' };
  const sealed = sealColumn(keyring, JSON.stringify(jwk), sealContext(id));
  return { id, alg, publicJwk: publicPart(jwk), privateJwk: sealed };
}

function publicPart({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }: JWK): JWK {
  return jwk;
}
