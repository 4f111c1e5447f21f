import type { EncryptionKey } from './keyring.ts';

/**
 * The source of the key-encryption keys that the settings hold. The keyring uses the keys that `load` returned, without
 * further calls: a retrieval opens an entry in microseconds, also while the provider is unreachable.
 *
 * A key management service (kms/kms.ts) does not hand out its keys. It wraps intermediate keys (kept-keys.ts), which the
 * keyring uses in the same way. `symbolon keys rewrap` moves the values from the keys of the settings to a service, and back.
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
