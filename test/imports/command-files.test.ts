import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import { lines } from './import-world.ts';

// The files and arguments of `symbolon import …`.

const database = await freshDatabase();
const settings = {
  DATABASE_URL: database.url,
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};
const shell = createShell();
const run = (...args: string[]) => shell(['import', ...args], settings);

const count = 600;
const users = Array.from({ length: count }, (_, n) => ({
  user_id: `git|${n}`,
  identities: [
    { provider: 'git', connection: 'git', user_id: n },
    { provider: 'twitter', connection: 'twitter', user_id: `${n}` },
  ],
}));
let directory: string;
let file: string;
const inDirectory = (name: string) => path.join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-import-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  file = inDirectory('users=2026.json');
  await writeFile(file, lines(users));
  for (const alias of ['github', 'google'])
    await shell(['connections', 'add', alias, '--provider', alias, '--client-id', 'x'], settings);
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE "user" CASCADE');
});

async function imported(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM "user"');
  return rows[0]?.n ?? 0;
}

test('pairs are a list or repeated, and never take the file for one', async () => {
  const orders = [
    ['--map', 'git=github', 'auth0', file],
    ['auth0', '--map', 'git=github', 'twitter=google', file],
    ['auth0', '--map', 'git=github', '--map', 'twitter=google', '--scopes', 'github=repo,user', file],
    ['--scopes', 'github=repo', 'google=openid', '--map', 'git=github', '--dry-run', 'auth0', file],
    ['auth0', file, '--map', 'git=github', 'twitter=google'],
    ['auth0', '--map=git=github', '--', file],
  ];
  for (const order of orders) {
    const { code, stdout, stderr } = await run(...order, ...(order.includes('--') ? [] : ['--dry-run']));
    expect([order, code, stderr]).toEqual([order, 0, '']);
    expect(stdout).toContain('users       600 new');
  }
}, 60_000);

test('a dry run writes no ids, and leaves the file of an earlier run as it is', async () => {
  const ids = inDirectory('earlier-ids');
  await writeFile(ids, 'earlier');
  const dry = await run('auth0', file, '--map', 'git=github', '--dry-run', '--ids', ids);
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(ids, 'utf8')).toBe('earlier');
  await run('auth0', file, '--map', 'git=github', '--dry-run', '--ids', inDirectory('no-ids'));
  await expect(access(inDirectory('no-ids'))).rejects.toThrow('ENOENT');
}, 60_000);

test('a path that cannot be written is named before anything is imported', async () => {
  for (const option of ['--report', '--ids']) {
    const nowhere = path.join(directory, 'missing', 'file');
    const { code, stderr } = await run('auth0', file, '--map', 'git=github', option, nowhere);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^symbolon: ${option}: .*missing/file cannot be written: ENOENT.*\\n$`),
    );
    const itself = await run('auth0', file, '--map', 'git=github', option, file);
    expect(itself.stderr).toContain(`symbolon: ${option}: ${file} is also the file ${file}; name another\n`);
  }
  const both = inDirectory('both');
  const twice = await run('auth0', file, '--map', 'git=github', '--report', both, '--ids', both);
  expect(twice.stderr).toContain(`--ids: ${both} is also the file ${both}`);
  expect(await imported()).toBe(0);
  expect(await readFile(file, 'utf8')).toBe(lines(users));
}, 60_000);

test.skipIf(!existsSync('/dev/full'))(
  'a full disk ends the run with the name of the option, and a second run completes it',
  async () => {
    for (const option of ['--report', '--ids']) {
      const { code, stderr, stdout } = await run('auth0', file, '--map', 'git=github', option, '/dev/full');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        `symbolon: ${option}: /dev/full cannot be written: ENOSPC: no space left on device, write. The people imported so far stay; run the import again\n`,
      );
      expect(await imported()).toBeGreaterThanOrEqual(500);
    }
    const ids = inDirectory('ids');
    await writeFile(ids, 'an earlier run', { mode: 0o644 });
    const again = await run('auth0', file, '--map', 'git=github', '--ids', ids);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(await imported()).toBe(count);
    expect((await readFile(ids, 'utf8')).trimEnd().split('\n')).toHaveLength(count);
    expect((await stat(ids)).mode & 0o777).toBe(0o600);
  },
  60_000,
);

test('files that are no exports are reported in one line', async () => {
  const realms = inDirectory('realms.json');
  const realm = (name: string) => ({ realm: name, users: [{ id: name, federatedIdentities: [] }] });
  await writeFile(realms, JSON.stringify([realm('master'), realm('shop')], null, 2));
  const asked = await run('keycloak', realms);
  expect(asked.stderr).toBe(
    `symbolon: ${realms}: it has several realms; name one of them with --realm: "master", "shop"\n`,
  );
  const chosen = await run('keycloak', realms, '--realm', 'shop', '--dry-run');
  expect(chosen).toMatchObject({ code: 0, stderr: '' });
  expect(chosen.stdout).toContain('records     1 read');
  const none = await run('auth0', file, '--realm', 'shop');
  expect(none.stderr).toBe('symbolon: --realm: auth0 has no realms\n');
  const wide = inDirectory('utf16');
  await writeFile(wide, Buffer.from('\ufeff{}', 'utf16le'));
  const unread = await run('auth0', wide);
  expect(unread).toMatchObject({ code: 1 });
  expect(unread.stderr).toMatch(/^symbolon: .*utf16: it is not UTF-8.*\n$/);
}, 60_000);
