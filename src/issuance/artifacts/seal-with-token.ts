import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ivLength = 12;
const tagLength = 16;

/** Seals with a key derived from `value`. The table stores only the hash of `value`, so a dump cannot be opened. */
export function sealWithToken(value: string, plaintext: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', keyOf(value), iv);
  const text = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return new Uint8Array(Buffer.concat([iv, text, cipher.getAuthTag()]));
}

/** @throws when the box was not sealed under this value. */
export function openWithToken(value: string, box: Uint8Array): string {
  const bytes = Buffer.from(box);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(value), bytes.subarray(0, ivLength), {
    authTagLength: tagLength,
  }).setAuthTag(bytes.subarray(bytes.length - tagLength));
  const text = bytes.subarray(ivLength, bytes.length - tagLength);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
}

function keyOf(value: string): Buffer {
  return Buffer.from(hkdfSync('sha256', value, '', 'symbolon:artifact', 32));
}
