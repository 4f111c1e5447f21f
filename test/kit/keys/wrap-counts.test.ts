import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { createKeyring } from '../../../src/kit/keys/keyring.ts';
import { createWrapCountStore } from '../../../src/kit/keys/wrap-count-store.ts';
import { createWrapCounts, wrapLimits } from '../../../src/kit/keys/wrap-counts.ts';
import { freshDatabase } from '../../support/database.ts';

// NIST SP 800-38D section 8.3: one key with random nonces may encrypt 2^32 times.

const { pool } = await freshDatabase();
const store = createWrapCountStore(pool);

beforeEach(async () => {
  await pool.query('TRUNCATE key_wraps');
});

function processWith() {
  const counts = createWrapCounts(store);
  return {
    counts,
    keyring: createKeyring([{ id: 'k1', key: randomBytes(32) }], { countWrap: counts.count }),
  };
}

test('sealing and wrapping anew are counted over all processes; opening and deriving are not', async () => {
  const [one, other] = [processWith(), processWith()];
  const sealed = one.keyring.seal('hush', 'c');
  one.keyring.rewrap(sealed, 'c');
  one.keyring.open(sealed, 'c');
  one.keyring.derive('cookies');
  other.keyring.seal('hush', 'c');
  await Promise.all([one.counts.flush(), other.counts.flush()]);
  expect(await store.all()).toEqual(new Map([['k1', 3]]));
  await one.counts.flush();
  expect(await store.all()).toEqual(new Map([['k1', 3]]));
});

test('the process that passes half of the limit raises the alarm, once', async () => {
  const { counts, keyring } = processWith();
  await store.add('k1', wrapLimits.alarm - 2);
  keyring.seal('a', 'c');
  expect(await counts.flush()).toEqual([]);
  keyring.seal('b', 'c');
  expect(await counts.flush()).toEqual(['k1']);
  keyring.seal('c', 'c');
  expect(await counts.flush()).toEqual([]);
});

test('a key that has come near the limit seals nothing more, and opens as before', async () => {
  const { counts, keyring } = processWith();
  const sealed = keyring.seal('hush', 'c');
  await store.add('k1', wrapLimits.refused);
  await counts.flush();
  expect(() => keyring.seal('more', 'c')).toThrow('key k1 has sealed 2^32 values');
  expect(keyring.open(sealed, 'c')).toBe('hush');
});

test('counts that the database does not take are kept for the next time', async () => {
  let down = true;
  const { add, all } = store;
  const counts = createWrapCounts({
    all,
    add: (keyId, count) => (down ? Promise.reject(new Error('away')) : add(keyId, count)),
  });
  counts.count('k1');
  await expect(counts.flush()).rejects.toThrow('away');
  counts.count('k1');
  down = false;
  await counts.flush();
  expect(await all()).toEqual(new Map([['k1', 2]]));
});
