import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findClusterDirectory } from '../../src/assembly/cluster-directory.ts';
import { atEnd } from '../support/at-end.ts';

const { uid, gid } = os.userInfo();

/** Returns DATA_DIR in a folder that only its owner may enter, as a checkout below /root is. */
async function privateFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-private-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, '.data');
}

const removeAtEnd = (...folders: readonly (string | undefined)[]) =>
  atEnd(async () => {
    for (const folder of folders) if (folder) await rm(folder, { recursive: true, force: true });
  });

/** Makes a folder look like a cluster that was made at a time. */
async function makeCluster(directory: string, at: Date): Promise<void> {
  const file = path.join(directory, 'data', 'PG_VERSION');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '18\n');
  await utimes(file, at, at);
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

it('removing DATA_DIR starts anew, also where the database lies elsewhere', async () => {
  const data = await privateFolder();
  const find = () => findClusterDirectory(path.join(data, 'postgres'), { uid, gid });
  const first = await find();
  removeAtEnd(first.directory);
  expect(path.dirname(first.directory)).toBe('/var/tmp');
  expect(first.setAside).toBeUndefined();
  await makeCluster(first.directory, hoursAgo(3));
  expect(await find()).toEqual(first);

  await rm(data, { recursive: true });
  await mkdir(data);
  await writeFile(path.join(data, 'keys'), 'new ones');
  const anew = await find();
  removeAtEnd(anew.setAside);
  expect(anew.directory).toBe(first.directory);
  expect(existsSync(path.join(anew.directory, 'data'))).toBe(false);
  // The former data is kept: a person may have removed the folder by mistake, and have its keys in a backup.
  expect((await stat(path.join(anew.setAside ?? '', 'data', 'PG_VERSION'))).size).toBe(3);
});

it('the cluster of a version that wrote no note stays in use', async () => {
  const data = await privateFolder();
  const find = () => findClusterDirectory(path.join(data, 'postgres'), { uid, gid });
  const { directory } = await find();
  removeAtEnd(directory);
  await makeCluster(directory, hoursAgo(3));
  await rm(path.join(data, 'postgres-elsewhere'));
  const keys = path.join(data, 'keys');
  await writeFile(keys, 'as old as the cluster');
  await utimes(keys, hoursAgo(3), hoursAgo(3));
  expect(await find()).toEqual({ directory, setAside: undefined });
  expect(existsSync(path.join(directory, 'data'))).toBe(true);
});
