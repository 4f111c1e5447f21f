import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { createSigningKeySeals } from '../../src/issuance/keys/signing-key-seals-store.ts';
import { createSigningKeyStore } from '../../src/issuance/keys/signing-key-store.ts';
import { createSigningKeys } from '../../src/issuance/keys/signing-keys.ts';
import { createKeyring, type EncryptionKey } from '../../src/kit/keys/keyring.ts';
import { type Rewrapped, rewrap } from '../../src/kit/keys/rewrap.ts';
import { createRowTagKeyStore } from '../../src/kit/keys/row-tag-key-store.ts';
import { openColumn, sealColumn } from '../../src/kit/keys/sealed-column.ts';
import type { LastingRows } from '../../src/kit/keys/sealed-rows.ts';
import { secretContext } from '../../src/login/connection-secrets.ts';
import { createClientSecretSeals } from '../../src/login/seals-store.ts';
import { testClock } from '../support/clock.ts';
import { begin, createShell, ended } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import { findDamage, plantEntries } from './rewrap-world.ts';

// `symbolon keys …` as an operator runs it, on a database that holds every kind of sealed value.

const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };
const before = createKeyring([k1]);
const after = createKeyring([k2]);
const count = 1500;

const database = await freshDatabase();
const { pool } = database;

beforeEach(async () => {
  await pool.query('TRUNCATE "user", connection, signing_key CASCADE');
  await plantEntries(pool, before, count);
  const secret = sealColumn(before, 'hush', secretContext('con_all'));
  await pool.query('UPDATE connection SET client_secret = $1', [secret]);
  await createSigningKeys(createSigningKeyStore(database), before, testClock());
  await pool.query(
    `INSERT INTO login_attempt (state_hash, connection_id, browser_hash, secrets, resume, expires_at)
     VALUES ('a', 'con_all', 'b', $1, '{}', now() + interval '1 minute'),
            ('b', 'con_all', 'b', $1, '{}', now() - interval '1 minute')`,
    [sealColumn(before, '{}', 'any')],
  );
});

function settings(keys: readonly EncryptionKey[]) {
  const setting = keys.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64')}`).join();
  return { DATABASE_URL: database.url, ENCRYPTION_KEYS: setting };
}

const shell = createShell();
const run = (keys: readonly EncryptionKey[], ...args: string[]) => shell(args, settings(keys));

const onK1 = async () =>
  (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM vault_entry WHERE key_id = 'k1'`)).rows[0]
    ?.n;

test('killed in the middle and run again, it re-seals everything and says which key can be retired', async () => {
  const killed = begin('cli', ['keys', 'rewrap', '--batch', '5'], settings([k2, k1]));
  const end = ended(killed);
  while (killed.exitCode === null && (await onK1()) === count) await pause(5);
  killed.kill('SIGKILL');
  expect((await end).code).toBeNull();
  const left = (await onK1()) ?? 0;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(count);

  const { code, stdout, stderr } = await run([k2, k1], 'keys', 'rewrap');
  expect(stderr).toBe('');
  expect(stdout).toContain(
    `vault entries: ${left.toLocaleString('en')} of ${left.toLocaleString('en')} moved, `,
  );
  expect(stdout).toContain(`Moved ${(left + 7).toLocaleString('en')} to k2 in `);
  expect(stdout).toContain('k1 can be retired in ten minutes, when this has ended: 1 sign-ins under way.');
  expect(code).toBe(0);
  expect(await findDamage(pool, after, new Map())).toEqual({ unreadable: [], overwritten: [] });
  const { rows } = await pool.query<{ client_secret: Uint8Array }>('SELECT client_secret FROM connection');
  expect(openColumn(after, rows[0]?.client_secret ?? new Uint8Array(), secretContext('con_all'))).toBe(
    'hush',
  );
  const keys = await createSigningKeys(createSigningKeyStore(database), after, testClock());
  expect(keys.privateKeys()).toHaveLength(6);

  await pool.query('DELETE FROM login_attempt');
  const again = await run([k2, k1], 'keys', 'rewrap');
  expect(again.stdout).toMatch(/^Moved 0 to k2 in .*\nk1 seals nothing any more and can be retired\.\n/);
});

test('the report counts every kind of sealed value under its key, and names unused and missing ones', async () => {
  const { code, stdout } = await run([k2, { id: 'k0', key: randomBytes(32) }], 'keys', 'report');
  const [head = [], ...lines] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));
  const none = { 'vault entries': '0', 'client secrets': '0', 'signing keys': '0', departures: '0' };
  expect(
    lines.map((line) => Object.fromEntries(head.map((name, column) => [name, line[column]]))),
  ).toMatchObject([
    { key: 'k2', is: 'current', ...none },
    { key: 'k0', is: 'unused', ...none },
    {
      ...none,
      key: 'k1',
      is: 'missing',
      'vault entries': '1,500',
      'client secrets': '1',
      'signing keys': '6',
      'sign-ins under way': '1',
    },
  ]);
  expect(code).toBe(1);
});

test('every command that opens the store is refused with the name of a missing key and what it seals', async () => {
  const { code, stderr } = await run([k2], 'times', 'check');
  expect(stderr).toBe(
    'symbolon: ENCRYPTION_KEYS: key "k1" is missing: it seals 1,500 vault entries, 1 client secrets, and 6 signing keys\n',
  );
  expect(code).toBe(1);
});

test('a key with the right name and other bytes is refused, with its name', async () => {
  const tagKey = createRowTagKeyStore(pool, before);
  await tagKey.insert('adopting');
  const { code, stderr } = await run([{ id: 'k1', key: randomBytes(32) }], 'times', 'check');
  await tagKey.remove();
  expect(stderr).toContain(
    'symbolon: ENCRYPTION_KEYS: "k1": a key has the right id and is not the key that sealed',
  );
  expect(code).toBe(1);
});

test('without the old key nothing is re-sealed and nothing damaged', async () => {
  const { code, stdout } = await run([k2], 'keys', 'rewrap');
  expect(stdout).toContain('1,500 vault entries do not open, and were left as they are: idn_00000001, ');
  expect(stdout).toContain('k1 is missing: it seals 1,500 vault entries, 1 client secrets, 6 signing keys');
  expect(code).toBe(1);
  expect(await findDamage(pool, before, new Map())).toEqual({ unreadable: [], overwritten: [] });
});

async function batchesOf(rows: LastingRows): Promise<readonly Rewrapped[]> {
  const batches: Rewrapped[] = [];
  for await (const batch of rewrap(rows, createKeyring([k2, k1]), 10)) batches.push(batch);
  return batches;
}

test.each([
  ['a client secret', 'connection', 'client_secret', createClientSecretSeals(pool), 1],
  ['a signing key', 'signing_key', 'private_jwk', createSigningKeySeals(pool), 6],
] as const)('%s that was changed between read and write stays', async (_, table, column, seals, rows) => {
  const fresh = sealColumn(before, 'newer', 'any');
  const raced: LastingRows = {
    ...seals,
    async replace(moves) {
      await pool.query(`UPDATE ${table} SET ${column} = $1`, [fresh]);
      return await seals.replace(moves as Parameters<typeof seals.replace>[0]);
    },
  };
  const batches = await batchesOf(raced);
  expect(batches).toEqual([{ moved: 0, overtaken: rows, unreadable: [] }]);
  const held = await pool.query<{ value: Buffer }>(`SELECT ${column} AS value FROM ${table}`);
  for (const { value } of held.rows) expect(openColumn(before, value, 'any')).toBe('newer');
});

test('a damaged column is named and left', async () => {
  await pool.query(`UPDATE connection SET client_secret = '\\x00'`);
  const batches = await batchesOf(createClientSecretSeals(pool));
  expect(batches).toEqual([{ moved: 0, overtaken: 0, unreadable: ['con_all'] }]);
});
