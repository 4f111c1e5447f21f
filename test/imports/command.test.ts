import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { begin, createShell, ended } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import { fileOf, lines } from './import-world.ts';

// `symbolon import …` as an operator runs it.

const count = 2000;
const database = await freshDatabase();
const { pool } = database;
const key = randomBytes(32).toString('base64');
const settings = { DATABASE_URL: database.url, ENCRYPTION_KEYS: `k1:${key}` };
const shell = createShell();
let file: string;

beforeAll(async () => {
  await shell(['connections', 'add', 'github', '--provider', 'github', '--client-id', 'x'], settings);
  file = await fileOf(
    lines([
      ...Array.from({ length: count }, (_, n) => ({
        user_id: `github|${n}`,
        name: `Person ${n}`,
        identities: [
          { provider: 'github', connection: 'github', user_id: n, access_token: `gho_${n}` },
          { provider: 'twitter', connection: 'twitter', user_id: `${n}` },
        ],
      })),
      { user_id: 'auth0|x', identities: [{ provider: 'auth0', connection: 'db', user_id: 'x' }] },
    ]),
  );
});

const run = (...args: string[]) => shell(['import', ...args], settings);

async function rows(table: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return rows[0]?.n ?? 0;
}

async function contents(): Promise<unknown> {
  const digest = (table: string, by: string) =>
    pool.query(`SELECT md5(string_agg(t::text, '' ORDER BY ${by})) FROM ${table} t`);
  const all = [digest('"user"', 'id'), digest('identity', 'id'), digest('vault_entry', 'identity_id')];
  return (await Promise.all(all)).map((answer) => answer.rows);
}

const inTemporary = (name: string) => path.join(os.tmpdir(), `${randomBytes(6).toString('hex')}-${name}`);

test('an import runs dry, is killed in the middle, runs again, and once more without a change', async () => {
  const dry = await run('auth0', file, '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toContain('Nothing was written. It would be:\n');
  expect(dry.stdout).toContain('users       2,000 new, 0 here already, 1 not taken\n');
  expect(await rows('"user"')).toBe(0);

  const killed = begin('cli', ['import', 'auth0', file], settings);
  const end = ended(killed);
  while (killed.exitCode === null && (await rows('vault_entry')) < 250) await pause(5);
  killed.kill('SIGKILL');
  expect((await end).code).toBeNull();
  const there = await rows('"user"');
  expect(there).toBeGreaterThanOrEqual(250);
  expect(there).toBeLessThan(count);

  const [report, ids] = [inTemporary('report'), inTemporary('ids')];
  const whole = await run('auth0', file, '--report', report, '--ids', ids);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  const left = (count - there).toLocaleString('en');
  expect(whole.stdout).toContain(`users       ${left} new, ${there.toLocaleString('en')} here already`);
  expect(whole.stdout).toContain(
    '2,000  unknown_connection ("twitter"): no connection here has this name: add one, or say --map NAME=ALIAS\n' +
      '             "github|0", "github|1", "github|2", …\n',
  );
  expect([await rows('"user"'), await rows('identity'), await rows('vault_entry')]).toEqual([
    count,
    count,
    count,
  ]);

  const taken = (await readFile(ids, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(taken).toHaveLength(count);
  const { rows: found } = await pool.query(
    `SELECT user_id AS "user", 'github|' || subject AS "from" FROM identity WHERE subject = '42'`,
  );
  expect(taken).toContainEqual(found[0]);
  const told = (await readFile(report, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told).toHaveLength(count + 2);
  expect(told).toContainEqual({ user: 'auth0|x', reason: 'password' });
  expect((await stat(report)).mode & 0o777).toBe(0o600);

  const after = await contents();
  const again = await run('auth0', file);
  expect(again.stdout).toContain('users       0 new, 2,000 here already');
  expect(await contents()).toEqual(after);
  const { rows: events } = await pool.query(
    `SELECT type, detail FROM audit_event WHERE type LIKE 'import.%' ORDER BY at DESC LIMIT 1`,
  );
  expect(events[0]).toEqual({
    type: 'import.finished',
    detail: { from: 'auth0', users: 0, identities: 0, tokens: 0 },
  });
}, 60_000);

test('a wrong argument is reported in one line', async () => {
  const elsewhere = await run('auth0', file, '--map', 'twitter=x');
  expect(elsewhere).toMatchObject({
    code: 1,
    stderr: 'symbolon: there is no connection x here; there are: github\n',
  });
  const future = await run('auth0', file, '--exported', '2999-01-01T00:00:00Z');
  expect(future.stderr).toBe('symbolon: --exported: must be a time that has passed\n');
  const missing = await run('auth0', '/nowhere.json');
  expect(missing).toMatchObject({ code: 1, stderr: 'symbolon: /nowhere.json: it cannot be read\n' });
  const broken = await run('keycloak', await fileOf('{\n"users": [{"id": "1"'));
  expect(broken.stderr).toMatch(/: the file is not JSON, or ends in the middle\n$/);
  const empty = await run('logto', await fileOf('{\n}'));
  expect(empty.stderr).toMatch(/: there are no records in it; see docs\/importing.md\n$/);
}, 60_000);
