import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';

const ivLength = 12;
const tagLength = 16;

/** What a box is longer than what it holds. */
export const boxOverhead = ivLength + tagLength;

/** AES-256-GCM with a random nonce in front and the tag behind; `context` is authenticated and not stored. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when key, context or bytes do not fit. */
export function decrypt(key: Uint8Array, box: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  // As a key object, since telling plain bytes from one costs Node four times as much as the decryption.
  const secret = createSecretKey(key);
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
