import type { EncryptionKey } from './keyring.ts';

/**
 * The source of the key-encryption keys. The keyring uses the keys that `load` returned, without further calls: a
 * retrieval opens an entry in microseconds, also while the provider is unreachable.
 *
 * A KMS can be added in two ways. If it exports keys, its provider stores each key as a blob that the KMS encrypted, and
 * `load` has them decrypted once, at the start. If a key never leaves the KMS, it wraps and unwraps the data keys by
 * remote call: `wrap` and `withDataKey` of `createKeyring` call it, with the context as authenticated data, and become
 * asynchronous. Unwrapped data keys are then cached by their wrapped bytes. The tables need no change, as a row names its
 * key id and holds the wrapped key as opaque bytes. Sealed columns need a layout 2 that states the length of the wrapped
 * key. `symbolon keys rewrap` moves the values there and back.
 */
export interface KeyProvider {
  /** The name of the setting that holds or locates the keys. */
  readonly setting: string;
  /** Returns the keys, the one that encrypts first. @throws KeyListError when there are none, or weak ones */
  load(): Promise<readonly EncryptionKey[]>;
}

/** An error in the configured keys. Its message contains no key. */
export class KeyListError extends Error {
  override readonly name = 'KeyListError';
}
