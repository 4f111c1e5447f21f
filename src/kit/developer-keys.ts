import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EncryptionKey } from './keyring.ts';

/** The key that developer mode makes once and keeps under the data directory, readable by this user only. */
export async function developerKey(dataDirectory: string): Promise<EncryptionKey> {
  const file = path.join(dataDirectory, 'encryption-key');
  await mkdir(dataDirectory, { recursive: true });
  try {
    await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = Buffer.from(await readFile(file, 'utf8'), 'base64');
  if (key.length !== 32) throw new Error(`${file} is damaged: restore it, or remove DATA_DIR to start anew`);
  return { id: 'dev', key };
}
