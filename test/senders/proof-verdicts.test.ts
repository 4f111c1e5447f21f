import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type CompactJWSHeaderParameters,
  CompactSign,
  calculateJwkThumbprint,
  EmbeddedJWK,
  exportJWK,
  type JWK,
  jwtVerify,
} from 'jose';
import { expect, it } from 'vitest';
import { proofAlgs } from '../../src/http/proof-algs.ts';
import { createDpopNonces } from '../../src/issuance/senders/dpop-nonces.ts';
import { createCheckProof } from '../../src/issuance/senders/dpop-proof.ts';

// The check of proofs calls node:crypto itself, since jose takes four times the CPU. jose is the reference: both
// give the same verdict on each header, key and signature of this table.

const target = { method: 'GET', url: 'https://broker.example/v1/me', ath: undefined };
const checkProof = createCheckProof({ nonces: createDpopNonces(randomBytes(32)), requireNonce: false });

/** Returns the thumbprint of the key, or `refused`. */
function ours(proof: string): string {
  try {
    return checkProof(proof, target).jkt;
  } catch {
    return 'refused';
  }
}

async function reference(proof: string): Promise<string> {
  try {
    const { protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...proofAlgs],
    });
    return await calculateJwkThumbprint(protectedHeader.jwk as JWK);
  } catch {
    return 'refused';
  }
}

interface Signer {
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

async function signerOf({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) {
  return { privateKey, jwk: await exportJWK(publicKey) } satisfies Signer;
}

const ec = (namedCurve: string) => signerOf(generateKeyPairSync('ec', { namedCurve }));
const rsa = (modulusLength: number) => signerOf(generateKeyPairSync('rsa', { modulusLength }));

const encoded = (value: object | string | Buffer) =>
  (Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  ).toString('base64url');

const claims = () => ({
  jti: crypto.randomUUID(),
  htm: target.method,
  htu: target.url,
  iat: Math.floor(Date.now() / 1000),
});

async function signed(
  header: { readonly alg: string; readonly typ?: string; readonly jwk: object },
  { privateKey }: Pick<Signer, 'privateKey'>,
): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims()));
  return await new CompactSign(payload)
    .setProtectedHeader({ typ: 'dpop+jwt', ...header } as CompactJWSHeaderParameters)
    .sign(privateKey);
}

/** Returns the proof with another signature, which a function makes of the right one. */
function resigned(proof: string, change: (signature: Buffer) => Buffer): string {
  const [header, body, signature] = proof.split('.');
  return [header, body, encoded(change(Buffer.from(String(signature), 'base64url')))].join('.');
}

const p256 = await ec('P-256');
const otherP256 = await ec('P-256');
const p384 = await ec('P-384');
const edwards = await signerOf(generateKeyPairSync('ed25519'));
const rsa2048 = await rsa(2048);
const rsa1024 = await rsa(1024);
const es256 = { alg: 'ES256', jwk: p256.jwk };
const right = await signed(es256, p256);
const negated = { ...p256.jwk, y: encoded(minus(Buffer.from(String(p256.jwk.y), 'base64url'))) };
const withKey = (jwk: object) => signed({ alg: 'ES256', jwk }, p256);

/** Returns the other y of the curve for the same x. */
function minus(y: Buffer): Buffer {
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const value = prime - BigInt(`0x${y.toString('hex')}`);
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

const table: Readonly<Record<string, readonly [proof: string, isRight: boolean]>> = {
  ES256: [right, true],
  ES384: [await signed({ alg: 'ES384', jwk: p384.jwk }, p384), true],
  Ed25519: [await signed({ alg: 'Ed25519', jwk: edwards.jwk }, edwards), true],
  EdDSA: [await signed({ alg: 'EdDSA', jwk: edwards.jwk }, edwards), true],
  RS256: [await signed({ alg: 'RS256', jwk: rsa2048.jwk }, rsa2048), true],
  PS256: [await signed({ alg: 'PS256', jwk: rsa2048.jwk }, rsa2048), true],
  'members that the thumbprint leaves out': [await withKey({ ...p256.jwk, kid: 'a', note: { b: 1 } }), true],
  'a key for signatures': [await withKey({ ...p256.jwk, use: 'sig' }), true],
  'a key for encryption': [await withKey({ ...p256.jwk, use: 'enc' }), false],
  'a key that may verify': [await withKey({ ...p256.jwk, key_ops: ['verify'] }), true],
  'a key that may not verify': [await withKey({ ...p256.jwk, key_ops: ['encrypt'] }), false],
  'a key for another algorithm': [await withKey({ ...p256.jwk, alg: 'ES384' }), false],
  'operations that no public key has': [await withKey({ ...p256.jwk, key_ops: ['sign', 'verify'] }), false],
  'no operations': [await withKey({ ...p256.jwk, key_ops: [] }), false],
  'a key for the algorithm': [await withKey({ ...p256.jwk, alg: 'ES256', ext: true }), true],
  'the other name of the algorithm': [
    await signed({ alg: 'EdDSA', jwk: { ...edwards.jwk, alg: 'Ed25519' } }, edwards),
    false,
  ],
  'the same x, another y': [await withKey(negated), false],
  'an x and a y of no point': [await withKey({ ...p256.jwk, y: otherP256.jwk.y }), false],
  'the key of another person': [await withKey(otherP256.jwk), false],
  'no y': [await withKey({ kty: 'EC', crv: 'P-256', x: p256.jwk.x }), false],
  'another curve': [await withKey({ ...p256.jwk, crv: 'P-384' }), false],
  'an empty key': [await withKey({}), false],
  'a private key': [await withKey(p256.privateKey.export({ format: 'jwk' })), false],
  'another typ': [await signed({ ...es256, typ: 'at+jwt' }, p256), false],
  'typ as a media type': [await signed({ ...es256, typ: 'application/dpop+jwt' }, p256), true],
  'the key of ES384 under ES256': [await signed({ alg: 'ES384', jwk: p256.jwk }, p384), false],
  'a signature of zeros': [resigned(right, (bytes) => Buffer.alloc(bytes.length)), false],
  'a short signature': [resigned(right, (bytes) => bytes.subarray(0, 63)), false],
  'a long signature': [resigned(right, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])), false],
  'no signature': [resigned(right, () => Buffer.alloc(0)), false],
  'the halves of a signature swapped': [
    resigned(right, (bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)])),
    false,
  ],
  'a header that is no JSON': [`${encoded('{')}.${right.split('.').slice(1).join('.')}`, false],
  'another body': [right.replace(/\..*\./, `.${encoded(claims())}.`), false],
};

it.each(Object.entries(table))('jose and the broker agree on %s', async (_name, [proof, isRight]) => {
  const verdict = await reference(proof);
  expect(verdict === 'refused').toBe(!isRight);
  // The second time, the key comes from the cache.
  for (const turn of [1, 2]) expect([turn, ours(proof)]).toEqual([turn, verdict]);
});

it('many signatures are read alike, also those whose numbers are short or begin with a set bit', async () => {
  for (let count = 0; count < 300; count += 1) {
    const proof = await signed(es256, p256);
    expect(ours(proof)).toBe(ours(right));
  }
});

it('a key of 1024 bits is refused here as by jose', async () => {
  const { privateKey } = rsa1024;
  const body = `${encoded({ typ: 'dpop+jwt', alg: 'RS256', jwk: rsa1024.jwk })}.${encoded(claims())}`;
  const proof = `${body}.${encoded(sign('sha256', Buffer.from(body), privateKey))}`;
  expect([await reference(proof), ours(proof)]).toEqual(['refused', 'refused']);
});
