import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
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
  /** The id of the key that seals new values. It changes when an intermediate key takes over from another. */
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
  has(keyId: string): boolean;
  /** Tries to get a key that another process has made. Resolves when that is done or failed. */
  learn(keyId: string): Promise<void>;
}

/** A keyring whose keys come and go while the process runs. */
export interface LiveKeyring extends Keyring {
  /** Adds keys that open values. */
  add(...keys: readonly EncryptionKey[]): void;
  remove(keyId: string): void;
  /** Makes a key of the ring the one that seals. */
  sealWith(keyId: string): void;
  /** Replaces the keys of `derive`. */
  deriveFrom(keys: readonly EncryptionKey[]): void;
}

export interface KeyringHooks {
  /** Counts a wrapping by the key before it happens. @throws KeyUsedUpError when the key must wrap no more */
  readonly countWrap?: (keyId: string) => void;
  readonly learn?: (keyId: string) => Promise<void>;
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
export function createKeyring(keys: readonly EncryptionKey[], hooks: KeyringHooks = {}): LiveKeyring {
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  // Made once: a key object takes longer than the decryption itself.
  const opening = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  let current = keys[0];
  let deriving = keys;

  const sealing = (): EncryptionKey => {
    if (!current) throw new Error('a keyring needs at least one key');
    return current;
  };

  const wrap = (dataKey: Buffer, context: string): WrappedKey => {
    const { id, key } = sealing();
    hooks.countWrap?.(id);
    return { keyId: id, wrappedKey: encrypt(key, dataKey, `${context}|key:${id}`) };
  };

  /** Calls `use` with the data key, and wipes the key afterwards. */
  const withDataKey = <T>({ keyId, wrappedKey }: WrappedKey, context: string, use: (key: Buffer) => T): T => {
    const dataKey = unwrap({ keyId, wrappedKey }, context);
    try {
      return use(dataKey);
    } finally {
      dataKey.fill(0);
    }
  };

  const unwrap = ({ keyId, wrappedKey }: WrappedKey, context: string): Buffer => {
    const key = opening.get(keyId);
    if (!key) {
      // The next caller finds the key if another process has made it.
      hooks.learn?.(keyId);
      throw new UnreadableError(`no encryption key ${JSON.stringify(keyId.slice(0, 64))}`);
    }
    return readable(() => decrypt(key, wrappedKey, `${context}|key:${keyId}`));
  };

  return {
    get currentKeyId() {
      return sealing().id;
    },
    get keyIds() {
      return [...byId.keys()];
    },
    has: (keyId) => byId.has(keyId),
    learn: async (keyId) => {
      if (!byId.has(keyId)) await hooks.learn?.(keyId);
    },

    derive: (purpose) =>
      deriving.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', `symbolon:${purpose}`, 32))),

    seal(plaintext, context) {
      const dataKey = randomBytes(32);
      const ciphertext = encrypt(dataKey, Buffer.from(plaintext, 'utf8'), context);
      const wrapped = wrap(dataKey, context);
      dataKey.fill(0);
      return { ...wrapped, ciphertext };
    },

    open: (sealed, context) =>
      withDataKey(sealed, context, (dataKey) =>
        readable(() => decrypt(dataKey, sealed.ciphertext, context)).toString('utf8'),
      ),

    rewrap: (wrapped, context) => withDataKey(wrapped, context, (dataKey) => wrap(dataKey, context)),

    add(...added) {
      for (const { id, key } of added) {
        byId.set(id, key);
        opening.set(id, createSecretKey(key));
      }
    },
    remove(keyId) {
      byId.delete(keyId);
      opening.delete(keyId);
    },
    sealWith(keyId) {
      const key = byId.get(keyId);
      if (!key) throw new Error(`the keyring has no key ${keyId}`);
      current = { id: keyId, key };
    },
    deriveFrom(chosen) {
      deriving = chosen;
    },
  };
}

function readable<T>(decrypted: () => T): T {
  try {
    return decrypted();
  } catch (cause) {
    throw new UnreadableError('a sealed value does not open in its place', { cause });
  }
}
