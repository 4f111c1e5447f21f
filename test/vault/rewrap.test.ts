import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { type Rewrapped, rewrap } from '../../src/kit/keys/rewrap.ts';
import type { LastingRows } from '../../src/kit/keys/sealed-rows.ts';
import { createEntrySeals } from '../../src/vault/entry-seals-store.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { freshDatabase } from '../support/database.ts';
import { findDamage, idOf, plantEntries, refreshOnce } from './rewrap-world.ts';

const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };
const before = createKeyring([k1]);
const changing = createKeyring([k2, k1]);
const notYetChanged = createKeyring([k1, k2]);
const after = createKeyring([k2]);
const count = 600;

const database = await freshDatabase();
const { pool } = database;
const store = createEntryStore(database);
const seals = createEntrySeals(pool);

beforeEach(async () => {
  await pool.query('TRUNCATE "user", connection CASCADE');
  await plantEntries(pool, before, count);
});

async function run(rows: LastingRows, batchSize: number): Promise<Rewrapped> {
  const total = { moved: 0, overtaken: 0, unreadable: [] as string[] };
  for await (const batch of rewrap(rows, changing, batchSize)) {
    total.moved += batch.moved;
    total.overtaken += batch.overtaken;
    total.unreadable.push(...batch.unreadable);
  }
  return total;
}

const counts = async () => Object.fromEntries(await seals.countByKey());

test('every entry is re-sealed with the current key; its token set, version and ciphertext stay', async () => {
  const rows = () =>
    pool.query('SELECT identity_id, version, ciphertext, state_since FROM vault_entry ORDER BY 1');
  const was = (await rows()).rows;
  expect(await run(seals, 100)).toEqual({ moved: count, overtaken: 0, unreadable: [] });
  expect(await counts()).toEqual({ k2: count });
  expect(await seals.keysInUse()).toEqual(['k2']);
  expect((await rows()).rows).toEqual(was);
  expect(await findDamage(pool, after, new Map())).toEqual({ unreadable: [], overwritten: [] });
  expect(await run(seals, 100)).toEqual({ moved: 0, overtaken: 0, unreadable: [] });
});

test('the keys in use are found without counting what they seal', async () => {
  await pool.query(`UPDATE vault_entry SET key_id = 'k0' WHERE identity_id = $1`, [idOf(7)]);
  await pool.query(`UPDATE vault_entry SET key_id = 'k9' WHERE identity_id = $1`, [idOf(9)]);
  expect(await seals.keysInUse()).toEqual(['k0', 'k1', 'k9']);
  await pool.query('TRUNCATE "user", connection CASCADE');
  expect(await seals.keysInUse()).toEqual([]);
});

describe('while refreshes go on', () => {
  test('no entry becomes unreadable or is overwritten', async () => {
    const saved = new Map<string, number>();
    let working = true;
    const refresher = async (keyring: typeof changing) => {
      while (working) {
        const id = idOf(1 + Math.floor(Math.random() * count));
        const version = await refreshOnce(store, keyring, id);
        if (version) saved.set(id, Math.max(version, saved.get(id) ?? 1));
      }
    };
    // One process has the new order of keys, the other has not been restarted.
    const refreshers = [changing, changing, notYetChanged].map(refresher);
    for (let pass = 0; pass < 5 || (saved.size <= 50 && pass < 500); pass += 1) await run(seals, 20);
    working = false;
    await Promise.all(refreshers);
    await run(seals, 20);
    expect(saved.size).toBeGreaterThan(50);
    expect(await counts()).toEqual({ k2: count });
    expect(await findDamage(pool, after, saved)).toEqual({ unreadable: [], overwritten: [] });
  });

  test.each([
    ['of a process with the new keys', changing],
    ['of a process that still writes with the old one', notYetChanged],
  ])('a refresh %s between read and write stays', async (_name, keyring) => {
    const raced: LastingRows = {
      ...seals,
      async replace(moves) {
        for (const { row } of moves.slice(0, 3)) await refreshOnce(store, keyring, row.id);
        return await seals.replace(moves as Parameters<typeof seals.replace>[0]);
      },
    };
    expect(await run(raced, 200)).toEqual({ moved: count - 9, overtaken: 9, unreadable: [] });
    const saved = new Map([1, 2, 3, 201, 202, 203, 401, 402, 403].map((index) => [idOf(index), 2]));
    expect(await findDamage(pool, changing, saved)).toEqual({ unreadable: [], overwritten: [] });
  });

  test('a locked row is left to the next pass, and no process waits', async () => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM vault_entry WHERE identity_id = $1 FOR UPDATE', [idOf(5)]);
      expect(await run(seals, 200)).toEqual({ moved: count - 1, overtaken: 1, unreadable: [] });
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect(await run(seals, 200)).toMatchObject({ moved: 1 });
  });
});

test('interrupted between two batches, it continues where it was', async () => {
  for await (const batch of rewrap(seals, changing, 100)) {
    expect(batch.moved).toBe(100);
    break;
  }
  expect(await counts()).toEqual({ k1: count - 100, k2: 100 });
  expect(await run(seals, 100)).toMatchObject({ moved: count - 100 });
  expect(await findDamage(pool, after, new Map())).toEqual({ unreadable: [], overwritten: [] });
});

test('an unreadable entry is left and named; a deleted one lets the key be retired', async () => {
  await pool.query(`UPDATE vault_entry SET wrapped_key = '\\x00' WHERE identity_id = $1`, [idOf(1)]);
  await pool.query(`UPDATE vault_entry SET key_id = 'k9' WHERE identity_id = $1`, [idOf(2)]);
  await pool.query(
    `UPDATE vault_entry SET ciphertext = '', wrapped_key = '', state = 'revoked' WHERE identity_id = $1`,
    [idOf(3)],
  );
  expect(await run(seals, 100)).toEqual({ moved: count - 2, overtaken: 0, unreadable: [idOf(1), idOf(2)] });
  expect(await counts()).toEqual({ k1: 1, k2: count - 2, k9: 1 });
});
