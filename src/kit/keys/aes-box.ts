import { createCipheriv, createDecipheriv, createSecretKey, KeyObject, randomBytes } from 'node:crypto';

/** Bytes (NIST SP 800-38D: 96 bits for the nonce). */
const ivLength = 12;
const tagLength = 16;

/** The number of bytes that sealing adds. */
export const boxOverhead = ivLength + tagLength;

/** Encrypts with AES-256-GCM: nonce, ciphertext, tag. `context` is authenticated and not stored. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts the bytes. @throws when key, context or bytes do not match */
export function decrypt(key: Uint8Array | KeyObject, box: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  // A key object, since Node needs four times as long to check plain bytes as to decrypt.
  const secret = key instanceof KeyObject ? key : createSecretKey(key);
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivLength), {
    authTagLength: tagLength,
  })
    .setAAD(Buffer.from(context, 'utf8'))
    .setAuthTag(bytes.subarray(bytes.length - tagLength));
  return Buffer.concat([
    decipher.update(bytes.subarray(ivLength, bytes.length - tagLength)),
    decipher.final(),
  ]);
}
