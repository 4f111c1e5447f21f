import {
  constants,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto';

// PS256 over a digest (RFC 8017 section 9.1), which Node offers over a message only. The key has 2048 bits.

const length = 256;
const hashLength = 32;

const sha256 = (...parts: readonly Buffer[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

function masked(db: Buffer, seed: Buffer): Buffer {
  const blocks = Array.from({ length: Math.ceil(db.length / hashLength) }, (_, count) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(count);
    return sha256(seed, counter);
  });
  const mask = Buffer.concat(blocks);
  const result = Buffer.from(db.map((byte, index) => byte ^ (mask[index] ?? 0)));
  result[0] = (result[0] ?? 0) & 0x7f;
  return result;
}

export function signDigest(privateKey: KeyObject, digest: Buffer): Buffer {
  const salt = randomBytes(hashLength);
  const hash = sha256(Buffer.alloc(8), digest, salt);
  const zeros = Buffer.alloc(length - 2 * hashLength - 2);
  const db = Buffer.concat([zeros, Buffer.from([1]), salt]);
  const encoded = Buffer.concat([masked(db, hash), hash, Buffer.from([0xbc])]);
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

export function verifyDigest(publicKey: KeyObject, digest: Buffer, signature: Buffer): boolean {
  if (signature.length !== length) return false;
  const encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
  const hash = encoded.subarray(length - hashLength - 1, length - 1);
  const db = masked(encoded.subarray(0, length - hashLength - 1), hash);
  const salt = db.subarray(db.length - hashLength);
  return encoded.at(-1) === 0xbc && hash.equals(sha256(Buffer.alloc(8), digest, salt));
}
