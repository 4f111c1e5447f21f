import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { begin, createShell, ended } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import { fileOf, lines } from './import-world.ts';

// Several operators import one export at the same time, and the database stops taking writes.

const database = await freshDatabase();
const { pool } = database;
const key = `k1:${randomBytes(32).toString('base64')}`;
const settings = { DATABASE_URL: database.url, ENCRYPTION_KEYS: key };
const shell = createShell();
const count = 900;

const user = (n: number) => ({
  id: `u${n}`,
  name: `Person ${n}`,
  accounts: [
    {
      // Whether a bare id of WeChat is the subject is not known, so those take other locks.
      providerId: n % 3 === 0 ? 'wechat' : 'github',
      accountId: `${n}`,
      accessToken: `token-${n}`,
      updatedAt: '2026-01-01T00:00:00Z',
    },
  ],
});

const rows = async (table: string) =>
  (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n;

test('three processes import the same people once', async () => {
  for (const [alias, provider] of [
    ['github', 'github'],
    ['wechat', 'wechat-web'],
  ] as const)
    await shell(['connections', 'add', alias, '--provider', provider, '--client-id', 'wx1'], settings);
  const file = await fileOf(lines(Array.from({ length: count }, (_, n) => user(n))));
  const zones = ['UTC', 'Asia/Shanghai', 'America/New_York'];
  const runs = zones.map((TZ) => ended(begin('cli', ['import', 'better-auth', file], { ...settings, TZ })));
  for (const { code, stderr } of await Promise.all(runs)) expect([code, stderr]).toEqual([0, '']);
  expect([await rows('"user"'), await rows('identity'), await rows('vault_entry')]).toEqual([
    count,
    count,
    (count * 2) / 3,
  ]);
}, 60_000);

test('a database that only reads ends the run with one line, and nothing is half there', async () => {
  const before = [await rows('"user"'), await rows('identity'), await rows('vault_entry')];
  const name = new URL(database.url).pathname.slice(1);
  await pool.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
  const file = await fileOf(lines([user(count + 1)]));
  const { code, stderr } = await ended(begin('cli', ['import', 'better-auth', file], settings));
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^symbolon: /);
  await pool.query(`BEGIN READ WRITE; ALTER DATABASE "${name}" RESET default_transaction_read_only; COMMIT`);
  expect([await rows('"user"'), await rows('identity'), await rows('vault_entry')]).toEqual(before);
}, 60_000);
