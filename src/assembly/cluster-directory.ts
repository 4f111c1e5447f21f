import { createHash } from 'node:crypto';
import { chownSync, existsSync } from 'node:fs';
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { minutes } from '../kit/clock.ts';

/** The account that PostgreSQL runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The place of the embedded cluster. */
export interface ClusterDirectory {
  readonly directory: string;
  /** The former cluster of a folder that was removed and made anew, moved out of the way. */
  readonly setAside: string | undefined;
}

/**
 * Returns the wanted folder, or one under /var/tmp when the account may not enter it: a checkout below /root, say. In that
 * case the wanted folder's parent gets a note that names the place. Without the note the parent is a new one, and the
 * keys of the former cluster are gone with the old one: that cluster is set aside, never deleted.
 */
export async function findClusterDirectory(
  wanted: string,
  account: Account | undefined,
): Promise<ClusterDirectory> {
  const parent = path.dirname(wanted);
  await mkdir(parent, { recursive: true });
  const usable = !account || (await isReachable(parent));
  const directory = usable ? wanted : path.join('/var/tmp', `symbolon-${shortHash(wanted)}`);
  const note = `${wanted}-elsewhere`;
  let setAside: string | undefined;
  if (!usable && !existsSync(note)) {
    setAside = await setFormerAside(directory, parent);
    await writeFile(note, `${directory}\n`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (account) chownSync(directory, account.uid, account.gid);
  return { directory, setAside };
}

/** Versions before the note left a parent whose keys are as old as the cluster. Such a cluster stays in use. */
async function setFormerAside(directory: string, parent: string): Promise<string | undefined> {
  const made = await stat(path.join(directory, 'data', 'PG_VERSION')).catch(() => undefined);
  if (!made) return undefined;
  const files = (await readdir(parent, { withFileTypes: true })).filter((entry) => entry.isFile());
  const times = await Promise.all(files.map(({ name }) => stat(path.join(parent, name))));
  if (times.some(({ mtimeMs }) => mtimeMs < made.mtimeMs + minutes(1))) return undefined;
  const aside = `${directory}-unused-${made.mtime.toISOString().replace(/\D/g, '').slice(0, 14)}`;
  await rename(directory, aside);
  return aside;
}

/** Returns whether every account may enter every folder on the path. */
export async function isReachable(target: string): Promise<boolean> {
  for (let folder = target; ; folder = path.dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** Returns a short name for a path of this account. */
export function shortHash(text: string): string {
  return createHash('sha256')
    .update(text + os.userInfo().uid)
    .digest('hex')
    .slice(0, 12);
}
