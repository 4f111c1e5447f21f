import { KeyListError } from './key-provider.ts';
import type { EncryptionKey } from './keyring.ts';

const remedy = 'make one with `symbolon keys generate`';

export interface KeyRules {
  /** Refuses keys that are obviously not random. */
  readonly production: boolean;
}

/** Reads `kid:base64key` entries, separated by commas or line ends; `#` starts a comment. @throws KeyListError */
export function parseKeyList(text: string, { production }: KeyRules): readonly EncryptionKey[] {
  const entries = text.split('\n').flatMap((line) => line.replace(/#.*/, '').split(','));
  const keys = entries
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseKey);
  if (keys.length === 0) throw new KeyListError(`holds no key; ${remedy}`);
  if (new Set(keys.map(({ id }) => id)).size !== keys.length)
    throw new KeyListError('a key id appears twice');
  // Of 32 random bytes, practically never fewer than 8 differ.
  const weak = production && keys.find(({ key }) => new Set(key).size < 8);
  if (weak) throw new KeyListError(`key ${weak.id} is not random; ${remedy}`);
  return keys;
}

function parseKey(entry: string): EncryptionKey {
  const [, id, encoded] = /^([A-Za-z0-9._-]{1,64}):(.+)$/s.exec(entry) ?? [];
  if (!id || !encoded) throw new KeyListError('must be kid:base64key[,kid:base64key…]');
  const key = Buffer.from(encoded, 'base64');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded) || key.length !== 32) {
    throw new KeyListError(`key ${id} must be 32 bytes in base64 (it is ${key.length}); ${remedy}`);
  }
  return { id, key };
}
