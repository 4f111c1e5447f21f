import type { Secret } from '../secret.ts';
import { type KeyRules, parseKeyList } from './key-list.ts';
import type { KeyProvider } from './key-provider.ts';

/** Reads the keys from the setting itself. */
export function createEnvironmentKeys(setting: string, keys: Secret, rules: KeyRules): KeyProvider {
  return { setting, load: async () => parseKeyList(keys.reveal(), rules) };
}
