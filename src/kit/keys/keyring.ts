import { hkdfSync, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './aes-box.ts';

/**
 * Envelope encryption with AES-256-GCM: a fresh data key seals the plaintext, a key-encryption key of this ring
 * wraps the data key. The context (table, row, field, version) is authenticated with both, so that a sealed value
 * opens only where it was written. This inner room owns the providers of keys, sealing, and re-sealing under a new key. The
 * stores of other rooms hold the sealed values.
 */
export interface Keyring {
  seal(plaintext: string, context: string): Sealed;
  /** Decrypts a value. @throws UnreadableError when key, context or bytes do not match */
  open(sealed: Sealed, context: string): string;
  /** Returns the data key wrapped by the current key. The sealed value stays. @throws UnreadableError */
  rewrap(wrapped: WrappedKey, context: string): WrappedKey;
  /** Returns 32 bytes derived from each key for one purpose, the current key first: cookies and CSRF tokens. */
  derive(purpose: string): readonly Buffer[];
  /** The id of the key that seals new values. */
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
}

export interface WrappedKey {
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
}

export interface Sealed extends WrappedKey {
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

/** The first key encrypts. All keys decrypt. */
export function createKeyring(keys: readonly EncryptionKey[]): Keyring {
  const [current] = keys;
  if (!current) throw new Error('a keyring needs at least one key');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));

  const wrap = (dataKey: Buffer, context: string): WrappedKey => {
    const wrappedKey = encrypt(current.key, dataKey, `${context}|key:${current.id}`);
    return { keyId: current.id, wrappedKey };
  };

  /** Calls `use` with the data key, and wipes the key afterwards. */
  const withDataKey = <T>({ keyId, wrappedKey }: WrappedKey, context: string, use: (key: Buffer) => T): T => {
    const key = byId.get(keyId);
    if (!key) throw new UnreadableError(`no encryption key ${JSON.stringify(keyId.slice(0, 64))}`);
    let dataKey: Buffer | undefined;
    try {
      dataKey = decrypt(key, wrappedKey, `${context}|key:${keyId}`);
      return use(dataKey);
    } catch (cause) {
      throw new UnreadableError('a sealed value does not open in its place', { cause });
    } finally {
      dataKey?.fill(0);
    }
  };

  return {
    currentKeyId: current.id,
    keyIds: keys.map(({ id }) => id),

    derive: (purpose) =>
      keys.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', `symbolon:${purpose}`, 32))),

    seal(plaintext, context) {
      const dataKey = randomBytes(32);
      const ciphertext = encrypt(dataKey, Buffer.from(plaintext, 'utf8'), context);
      const wrapped = wrap(dataKey, context);
      dataKey.fill(0);
      return { ...wrapped, ciphertext };
    },

    open: (sealed, context) =>
      withDataKey(sealed, context, (dataKey) =>
        decrypt(dataKey, sealed.ciphertext, context).toString('utf8'),
      ),

    rewrap: (wrapped, context) => withDataKey(wrapped, context, (dataKey) => wrap(dataKey, context)),
  };
}
