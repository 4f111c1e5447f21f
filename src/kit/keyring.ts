import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Envelope encryption with AES-256-GCM: a fresh data key seals the plaintext, a key-encryption key of this ring
 * wraps the data key. The context (table, row, field, version) is authenticated with both, so that a sealed value
 * opens only where it was written.
 */
export interface Keyring {
  seal(plaintext: string, context: string): Sealed;
  /** @throws UnreadableError when key, context or bytes do not fit. */
  open(sealed: Sealed, context: string): string;
  /** 32 bytes for one purpose from each key, the current one first: cookies and CSRF tokens, never for sealing. */
  derive(purpose: string): readonly Buffer[];
  /** The key id that new values are sealed with. */
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
}

export interface Sealed {
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** The first key seals; all of them open. */
export function createKeyring(keys: readonly EncryptionKey[]): Keyring {
  const [current] = keys;
  if (!current) throw new Error('a keyring needs at least one key');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));

  return {
    currentKeyId: current.id,
    keyIds: keys.map(({ id }) => id),

    derive: (purpose) =>
      keys.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', `symbolon:${purpose}`, 32))),

    seal(plaintext, context) {
      const dataKey = randomBytes(32);
      const ciphertext = encrypt(dataKey, Buffer.from(plaintext, 'utf8'), context);
      const wrappedKey = encrypt(current.key, dataKey, `${context}|key:${current.id}`);
      dataKey.fill(0);
      return { keyId: current.id, wrappedKey, ciphertext };
    },

    open({ keyId, wrappedKey, ciphertext }, context) {
      const key = byId.get(keyId);
      if (!key) throw new UnreadableError(`no encryption key ${JSON.stringify(keyId.slice(0, 64))}`);
      try {
        const dataKey = decrypt(key, wrappedKey, `${context}|key:${keyId}`);
        const plaintext = decrypt(dataKey, ciphertext, context).toString('utf8');
        dataKey.fill(0);
        return plaintext;
      } catch (cause) {
        throw new UnreadableError('a sealed value does not open in its place', { cause });
      }
    },
  };
}

const ivLength = 12;
const tagLength = 16;

function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context, 'utf8'));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, box: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivLength), {
    authTagLength: tagLength,
  })
    .setAAD(Buffer.from(context, 'utf8'))
    .setAuthTag(bytes.subarray(bytes.length - tagLength));
  return Buffer.concat([
    decipher.update(bytes.subarray(ivLength, bytes.length - tagLength)),
    decipher.final(),
  ]);
}
