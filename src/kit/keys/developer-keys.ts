import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KeyListError, type KeyProvider } from './key-provider.ts';

async function kept(file: string): Promise<string> {
  const directory = path.dirname(file);
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' }).catch(unlessThere);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new KeyListError(`${directory} cannot be used (${codeOf(error)}); set another`);
  }
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Provides the key of developer mode. It is made once and kept in the data directory, readable by this user only. */
export function createDeveloperKeys(setting: string, dataDirectory: string): KeyProvider {
  return {
    setting,
    async load() {
      const file = path.join(dataDirectory, 'encryption-key');
      const key = Buffer.from(await kept(file), 'base64');
      if (key.length !== 32)
        throw new KeyListError(`${file} is damaged: restore it, or remove the directory to start anew`);
      return [{ id: 'dev', key }];
    },
  };
}
