import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KeyListError, type KeyProvider } from './key-provider.ts';

/** The key that developer mode makes once and keeps under the data directory, readable by this user only. */
export function createDeveloperKeys(setting: string, dataDirectory: string): KeyProvider {
  return {
    setting,
    async load() {
      const file = path.join(dataDirectory, 'encryption-key');
      await mkdir(dataDirectory, { recursive: true });
      try {
        await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const key = Buffer.from(await readFile(file, 'utf8'), 'base64');
      if (key.length !== 32)
        throw new KeyListError(`${file} is damaged: restore it, or remove the directory to start anew`);
      return [{ id: 'dev', key }];
    },
  };
}
