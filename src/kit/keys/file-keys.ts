import { readSecretFile, SecretFileError } from '../secret-file.ts';
import { type KeyRules, parseKeyList } from './key-list.ts';
import { KeyListError, type KeyProvider } from './key-provider.ts';

/** Reads the keys from a file, as secret mounts provide it. In production other users may not have access. */
export function createFileKeys(setting: string, file: string, rules: KeyRules): KeyProvider {
  return {
    setting,
    async load() {
      try {
        return parseKeyList(await readSecretFile(file, rules), rules);
      } catch (error) {
        if (error instanceof SecretFileError) throw new KeyListError(error.message, { cause: error });
        throw error;
      }
    },
  };
}
