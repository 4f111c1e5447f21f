import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, test, vi } from 'vitest';
import { encrypt } from '../../../src/kit/keys/aes-box.ts';
import { createIntermediateKeyStore } from '../../../src/kit/keys/intermediate-key-store.ts';
import { createKeptKeys } from '../../../src/kit/keys/kept-keys.ts';
import { createKeyring, type EncryptionKey, UnreadableError } from '../../../src/kit/keys/keyring.ts';
import type { Kms } from '../../../src/kit/keys/kms/kms.ts';
import { createWrapCountStore } from '../../../src/kit/keys/wrap-count-store.ts';
import { createWrapCounts } from '../../../src/kit/keys/wrap-counts.ts';
import { createLog } from '../../../src/kit/log.ts';
import { freshDatabase } from '../../support/database.ts';
import { createTestKms } from '../../support/kms/test-kms.ts';

// Processes that share a database and a key management service.

const { pool } = await freshDatabase();
const store = createIntermediateKeyStore(pool);

beforeEach(async () => {
  await pool.query('TRUNCATE intermediate_key, key_wraps');
});

interface ProcessOptions {
  readonly sealing?: boolean;
  readonly settingKeys?: readonly EncryptionKey[];
  readonly inUse?: readonly string[];
}

function processWith(kms: Kms, { sealing = true, settingKeys = [], inUse = [] }: ProcessOptions = {}) {
  const log = createLog('silent');
  const counts = createWrapCounts(createWrapCountStore(pool));
  const kept = createKeptKeys({
    store,
    services: [kms],
    sealing: sealing ? kms.name : undefined,
    counts,
    keyring: () => keyring,
    log,
  });
  const keyring = createKeyring(settingKeys, { countWrap: counts.count, learn: kept.learn });
  return { keyring, kept, counts, open: () => kept.open(settingKeys, inUse) };
}

async function started(kms: Kms, options?: ProcessOptions) {
  const process = processWith(kms, options);
  await process.open();
  return process;
}

const older = (id: string, days: number) =>
  pool.query(`UPDATE intermediate_key SET created_at = now() - make_interval(days => $2) WHERE id = $1`, [
    id,
    days,
  ]);
const announcedFor = (seconds: number) =>
  pool.query(`UPDATE intermediate_key SET created_at = created_at - make_interval(secs => $1)`, [seconds]);
const rows = async () =>
  (
    await pool.query<{ id: string; retired: boolean }>(
      `SELECT id, retired_at IS NOT NULL AS retired FROM intermediate_key WHERE purpose = 'seal' ORDER BY created_at`,
    )
  ).rows;

describe('a start', () => {
  it('makes a key, and the next process takes it over with two calls', async () => {
    const kms = createTestKms();
    const first = await started(kms);
    expect(kms.calls).toHaveLength(5);
    const sibling = kms.elsewhere();
    const second = await started(sibling);
    expect(sibling.calls).toEqual(['unwrap first', 'unwrap first']);
    expect(second.keyring.currentKeyId).toBe(first.keyring.currentKeyId);
    expect(second.keyring.open(first.keyring.seal('hush', 'c'), 'c')).toBe('hush');
    expect(second.keyring.derive('cookies')).toEqual(first.keyring.derive('cookies'));
  });

  it('stores no key in plaintext, and asks the service for nothing when it seals and opens', async () => {
    const kms = createTestKms();
    const { keyring } = await started(kms);
    const calls = kms.calls.length;
    for (let round = 0; round < 100; round += 1) keyring.open(keyring.seal('hush', 'c'), 'c');
    expect(kms.calls).toHaveLength(calls);
    const wrapped = await pool.query<{ wrapped: Buffer }>('SELECT wrapped FROM intermediate_key');
    for (const row of wrapped.rows) expect(row.wrapped).toHaveLength(60);
  });

  it.each(['down', 'refusing'] as const)(
    'fails while the service is %s, and names the setting',
    async (state) => {
      const kms = createTestKms();
      await started(kms);
      const later = kms.elsewhere();
      later.state = state;
      await expect(processWith(later).open()).rejects.toThrow(/^AWS_KMS_KEY: (no answer|DisabledException)/);
    },
  );

  it('opens the keys in use, of an older key of the service too', async () => {
    const kms = createTestKms('aws-kms', ['old']);
    const before = await started(kms);
    const sealed = before.keyring.seal('hush', 'c');
    const after = await started(kms.elsewhere(['new', 'old']), { inUse: [sealed.keyId] });
    expect(after.keyring.currentKeyId).not.toBe(before.keyring.currentKeyId);
    expect(after.keyring.open(sealed, 'c')).toBe('hush');
  });

  it('puts the service after the keys of the settings for cookies while it only opens', async () => {
    const kms = createTestKms();
    const settingKeys = [{ id: 'k1', key: randomBytes(32) }];
    const sealing = await started(kms, { settingKeys });
    const opening = await started(kms.elsewhere(), { settingKeys, sealing: false });
    const [service, setting] = sealing.keyring.derive('cookies');
    expect(opening.keyring.derive('cookies')).toEqual([setting, service]);
    expect(opening.keyring.currentKeyId).toBe('k1');
  });
});

describe('a writer of the database alone', () => {
  const plant = async (wrapped: Uint8Array, kmsKey = 'first') => {
    await store.insert({ id: 'iky_planted', provider: 'aws-kms', kmsKey, purpose: 'seal', wrapped });
  };

  it('cannot have values sealed with a key that it knows', async () => {
    const kms = createTestKms();
    const known = randomBytes(32);
    await plant(encrypt(randomBytes(32), known, 'symbolon:intermediate-key:iky_planted:seal'));
    const { keyring, kept } = await started(kms);
    expect(keyring.currentKeyId).not.toBe('iky_planted');
    expect(kept.failureOf('iky_planted')?.failure).toBe('refused');
  });

  it('cannot name a key of another account of the service', async () => {
    const kms = createTestKms();
    const foreign = kms.elsewhere(['theirs']);
    const wrapped = await foreign.wrap(
      'theirs',
      randomBytes(32),
      'symbolon:intermediate-key:iky_planted:seal',
    );
    await plant(wrapped, 'theirs');
    const { kept, keyring } = await started(kms);
    await keyring.learn('iky_planted');
    expect(keyring.has('iky_planted')).toBe(false);
    expect(kept.failureOf('iky_planted')?.message).toContain('was wrapped with theirs; name that key too');
    expect(kms.calls).not.toContain('unwrap theirs');
  });

  it('cannot give one key the id of another', async () => {
    const kms = createTestKms();
    const { keyring } = await started(kms);
    await pool.query(`UPDATE intermediate_key SET id = 'iky_other' WHERE id = $1`, [keyring.currentKeyId]);
    const next = await started(kms.elsewhere());
    expect(next.keyring.currentKeyId).not.toBe('iky_other');
  });
});

describe('a key of another process', () => {
  const twoKeys = async () => {
    const kms = createTestKms();
    const mine = await started(kms);
    await older(mine.keyring.currentKeyId, 31);
    const sibling = kms.elsewhere();
    const theirs = await started(sibling);
    return { kms, mine, sealed: theirs.keyring.seal('hush', 'c') };
  };

  it('is met when it is first seen: one reader is refused at most', async () => {
    const { mine, sealed } = await twoKeys();
    expect(() => mine.keyring.open(sealed, 'c')).toThrow(UnreadableError);
    await vi.waitFor(() => expect(mine.keyring.open(sealed, 'c')).toBe('hush'));
  });

  it('is met before that by the process that looks at the table', async () => {
    const { mine, sealed } = await twoKeys();
    await mine.kept.round();
    expect(mine.keyring.open(sealed, 'c')).toBe('hush');
  });

  it('is asked for once, however many readers want it and whether or not it exists', async () => {
    const { kms, mine, sealed } = await twoKeys();
    const calls = kms.calls.length;
    const readers = Array.from({ length: 50 }, () => mine.keyring.learn(sealed.keyId));
    await Promise.all([...readers, mine.keyring.learn('iky_invented'), mine.keyring.learn('iky_invented')]);
    expect(kms.calls.slice(calls)).toEqual(['unwrap first']);
  });
});

describe('the key that seals', () => {
  it('is replaced after 30 days, and the new one is announced before it seals', async () => {
    const kms = createTestKms();
    const { keyring, kept } = await started(kms);
    const first = keyring.currentKeyId;
    await older(first, 31);
    await kept.round();
    await kept.round();
    expect(keyring.currentKeyId).toBe(first);
    expect(await rows()).toHaveLength(2);
    await announcedFor(31);
    await kept.round();
    expect(keyring.currentKeyId).not.toBe(first);
    expect(await rows()).toEqual([
      { id: first, retired: true },
      { id: keyring.currentKeyId, retired: false },
    ]);
  });

  it('is replaced when it has wrapped 2^31 data keys', async () => {
    const kms = createTestKms();
    const { keyring, kept, counts } = await started(kms);
    const first = keyring.currentKeyId;
    await pool.query('INSERT INTO key_wraps (key_id, wraps) VALUES ($1, $2)', [first, 2 ** 31]);
    await counts.read();
    await kept.round();
    await announcedFor(31);
    await kept.round();
    expect(keyring.currentKeyId).not.toBe(first);
  });

  it('stays in use while the service is away, although it is due', async () => {
    const kms = createTestKms();
    const { keyring, kept } = await started(kms);
    const first = keyring.currentKeyId;
    await older(first, 31);
    kms.state = 'down';
    await expect(kept.round()).rejects.toThrow('AWS_KMS_KEY: no answer');
    expect(kept.answers()).toBe(false);
    expect(keyring.open(keyring.seal('hush', 'c'), 'c')).toBe('hush');
    expect(keyring.currentKeyId).toBe(first);
    kms.state = 'up';
    await kept.round();
    expect(kept.answers()).toBe(true);
  });

  it('is replaced at once when it was given up', async () => {
    const { keyring, kept } = await started(createTestKms());
    const first = keyring.currentKeyId;
    await store.abandon([first]);
    await kept.round();
    expect(keyring.currentKeyId).not.toBe(first);
  });
});

test('a new version of the key of the service wraps all keys anew, and no value changes', async () => {
  const kms = createTestKms();
  const { keyring, kept } = await started(kms);
  const sealed = keyring.seal('hush', 'c');
  const before = await store.all();
  kms.rotate();
  expect(await kept.rewrap()).toEqual({ moved: 2, failed: new Map() });
  const after = await store.all();
  expect(after.map(({ wrapped }) => wrapped)).not.toEqual(before.map(({ wrapped }) => wrapped));
  const next = await started(kms.elsewhere());
  expect(next.keyring.open(sealed, 'c')).toBe('hush');
});

test('a service that returns other bytes than it wrapped is not used', async () => {
  const kms = createTestKms();
  const broken: Kms = { ...kms, unwrap: async () => randomBytes(32) };
  await expect(processWith(broken).open()).rejects.toThrow(
    'AWS_KMS_KEY: first returned other bytes than it wrapped',
  );
  expect(await store.all()).toEqual([]);
});
