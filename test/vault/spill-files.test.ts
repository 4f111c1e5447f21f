import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { RefreshAnswer } from '../../src/vault/refresh/refresh-answer.ts';
import { createSpill } from '../../src/vault/refresh/spill.ts';
import { atEnd } from '../support/at-end.ts';

const key = randomBytes(32);
let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-spill-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  lines = [];
});

function newSpill(keys = [{ id: 'test', key }], at = folder) {
  return createSpill(at, createKeyring(keys), createLog('debug', { write: (line) => void lines.push(line) }));
}

function refreshed(identityId: string): RefreshAnswer {
  const held = (token: string) => ({
    tokens: {
      accessToken: new Secret(token),
      refreshToken: new Secret(`r-${token}`),
      parameters: {},
      origins: [],
    },
    scopes: [],
    accessExpiresAt: null,
    refreshExpiresAt: null,
    absoluteCapAt: null,
  });
  return {
    ...{ identityId, userId: 'usr_1', connectionId: 'con_1', version: 1, depositedAt: null },
    traits: { how: 'refresh_token', rotation: 'single-use' },
    held: held('old'),
    refreshed: held('new'),
  };
}

const identities = async (spill: ReturnType<typeof newSpill>) =>
  (await spill.all()).map(({ result }) => result.identityId).sort();

describe('an unreadable file', () => {
  const broken: Readonly<Record<string, (place: string, sealed: Buffer) => Promise<unknown>>> = {
    'an empty one': (place) => writeFile(place, ''),
    'one that was cut': (place, sealed) => writeFile(place, sealed.subarray(0, 40)),
    'one of other content': (place) => writeFile(place, randomBytes(200)),
    'one of another place': (place, sealed) => writeFile(place, sealed),
    'a folder': (place) => mkdir(place),
    'a pipe': (place) => promisify(execFile)('mkfifo', [place]),
    'a link to nothing': (place) => symlink(`${place}.gone`, place),
  };

  it.each(Object.keys(broken))('%s is set aside and named, and the others are saved', async (which) => {
    const spill = newSpill();
    await spill.keep(refreshed('idn_good'));
    const [good = ''] = await readdir(folder);
    const name = 'a'.repeat(32);
    await broken[which]?.(path.join(folder, `${name}.sealed`), await readFile(path.join(folder, good)));

    for (let start = 0; start < 2; start += 1) {
      expect(await identities(spill)).toEqual(['idn_good']);
      expect((await readdir(folder)).sort()).toEqual([good, `${name}.sealed.broken`].sort());
      expect([await spill.count(), await spill.count('broken')]).toEqual([1, 1]);
    }
    expect(lines.join('')).toContain(`${name}.sealed.broken`);
  });

  it('whose key is missing is saved when the key is back', async () => {
    await newSpill([{ id: 'away', key: randomBytes(32) }]).keep(refreshed('idn_other'));
    const keys = [{ id: 'first', key }];
    await newSpill(keys).keep(refreshed('idn_mine'));
    const away = [...keys, { id: 'test', key }];
    const spill = newSpill(away);
    expect(await identities(spill)).toEqual(['idn_mine']);
    const lost = { id: 'lost', key: randomBytes(32) };
    await newSpill([lost]).keep(refreshed('idn_late'));
    expect(await identities(spill)).toEqual(['idn_mine']);
    expect(await spill.count('broken')).toBe(2);
    const back = newSpill([...away, lost]);
    expect(await identities(back)).toEqual(['idn_late', 'idn_mine']);
    for (const { remove } of await back.all()) await remove();
    expect(await back.count('broken')).toBe(1);
  });
});

describe('a process that ended while it wrote a spill', () => {
  const name = 'b'.repeat(32);
  const part = (of: string) => path.join(folder, `${of}.0b9f4a52-5c1e-4a37-9d0e-7a4f3c2b1d00.part`);
  const longAgo = new Date(Date.now() - 3_600_000);

  async function leave(of: string, content: Buffer, at = longAgo): Promise<void> {
    await writeFile(part(of), content);
    await utimes(part(of), at, at);
  }

  it('may have written all of it, which is saved', async () => {
    await newSpill().keep(refreshed('idn_whole'));
    const [whole = ''] = await readdir(folder);
    await leave(whole, await readFile(path.join(folder, whole)));
    await rm(path.join(folder, whole));
    expect(await identities(newSpill())).toEqual(['idn_whole']);
    expect(await readdir(folder)).toEqual([whole]);
  });

  it('leaves an incomplete file that is set aside and named, and no other', async () => {
    await leave(`${name}.sealed`, randomBytes(20));
    await leave('writable', Buffer.of());
    expect(await identities(newSpill())).toEqual([]);
    expect(await readdir(folder)).toEqual([`${name}.sealed.broken`]);
    expect(lines.join('')).toContain(`${name}.sealed.broken`);
  });

  it('overwrites no existing file', async () => {
    const spill = newSpill();
    await spill.keep(refreshed('idn_1'));
    const [whole = ''] = await readdir(folder);
    await leave(whole, randomBytes(20));
    expect(await identities(spill)).toEqual(['idn_1']);
    expect(await readdir(folder)).toEqual([whole]);
  });

  it('may be another process that is writing now', async () => {
    await leave(`${name}.sealed`, randomBytes(20), new Date());
    expect(await identities(newSpill())).toEqual([]);
    expect(await readdir(folder)).toEqual([path.basename(part(`${name}.sealed`))]);
  });
});

describe('the directory of spills', () => {
  it('is created, and contains complete files only', async () => {
    const at = path.join(folder, 'further', 'down');
    const spill = newSpill(undefined, at);
    await spill.tryOut();
    expect(await readdir(at)).toEqual([]);
    const forget = await spill.keep(refreshed('idn_1'));
    await spill.keep(refreshed('idn_1'));
    expect(await readdir(at)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.sealed$/)]);
    await forget();
    expect(await readdir(at)).toEqual([]);
  });

  it('that is not writable is reported, and leaves nothing behind', async () => {
    const at = path.join(folder, 'taken');
    await writeFile(at, 'a file');
    const spill = newSpill(undefined, at);
    await expect(spill.tryOut()).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(spill.keep(refreshed('idn_1'))).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(await spill.all()).toEqual([]);
    expect(await readdir(folder)).toEqual(['taken']);
  });
});
