import type { EncryptionKey } from './keyring.ts';

/**
 * Where the key-encryption keys come from. The keyring works on what `load` has answered, without asking again: the
 * hot path opens an entry in microseconds and goes on when the provider is out of reach.
 *
 * A KMS fits in two ways. Where it may hand keys out, its provider keeps each key as the blob that the KMS has
 * encrypted, and `load` has them decrypted, once a start. Where a key never leaves it, the data keys are wrapped and
 * unwrapped by remote call: what `createKeyring` does in `wrap` and `withDataKey` asks the KMS, with the context as
 * its authenticated data, and becomes a promise; unwrapped data keys are then kept for a while by their wrapped
 * bytes. The tables need no change for it, as a row names its key id and holds the wrapped key as opaque bytes; only
 * sealed columns need a layout 2 that states the length of the wrapped key. `symbolon keys rewrap` is the way in,
 * and the way out again.
 */
export interface KeyProvider {
  /** The setting that an operator changes to change the keys. */
  readonly setting: string;
  /** The key that writes comes first. @throws KeyListError when there are none, or weak ones. */
  load(): Promise<readonly EncryptionKey[]>;
}

/** Says what is wrong with the keys; what is in them is never told. */
export class KeyListError extends Error {
  override readonly name = 'KeyListError';
}
