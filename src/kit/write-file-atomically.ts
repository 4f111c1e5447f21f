import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file completely or not at all, and durably: to a temporary file, with fsync, and then by rename. Only this
 * account can read it. A missing folder is created.
 */
export async function writeFileAtomically(place: string, content: Uint8Array): Promise<void> {
  const folder = path.dirname(place);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = `${place}.${randomUUID()}.part`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Returns the temporary files that ended processes left in this folder, each with its final path. */
export async function partsIn(folder: string): Promise<readonly { part: string; place: string }[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const [, place] = /^(.+)\.[0-9a-f-]{36}\.part$/.exec(name) ?? [];
    return place === undefined ? [] : [{ part: path.join(folder, name), place: path.join(folder, place) }];
  });
}

/** Makes the file's name durable too. Not every system can open a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
