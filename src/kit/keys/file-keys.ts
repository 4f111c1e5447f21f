import { type FileHandle, open } from 'node:fs/promises';
import { type KeyRules, parseKeyList } from './key-list.ts';
import { KeyListError, type KeyProvider } from './key-provider.ts';

/** Reads the keys from a file, as secret mounts provide it. In production only the file's owner may have access. */
export function createFileKeys(setting: string, file: string, rules: KeyRules): KeyProvider {
  return {
    setting,
    async load() {
      await using handle = await opened(file);
      // Checks the open file, so that it cannot be exchanged between the check and the read.
      const { mode } = await handle.stat();
      if (rules.production && (mode & 0o077) !== 0) {
        const octal = (mode & 0o777).toString(8);
        throw new KeyListError(`${file} is open to group or others (mode ${octal}); chmod 600 it`);
      }
      return parseKeyList(await contents(handle, file), rules);
    },
  };
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function contents(handle: FileHandle, file: string): Promise<string> {
  try {
    return await handle.readFile('utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): KeyListError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new KeyListError(`${file} cannot be read (${code})`, { cause });
}
