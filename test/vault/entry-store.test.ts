import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { isUnanswered } from '../../src/kit/database/database-errors.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import type { Entry, TokenColumns } from '../../src/vault/entry.ts';
import { createEntryCounts } from '../../src/vault/entry-counts.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { createGaugeStore } from '../../src/vault/gauge-store.ts';
import { createEntryImportStore } from '../../src/vault/import-store.ts';
import { createRestoreStore } from '../../src/vault/restore-store.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';
import { idOf, ownerOf, plantEntries, refreshOnce } from './rewrap-world.ts';

// Prisma writes token sets and SQL reads them, in databases of three time zones.

const database = await freshDatabase();
const { pool, prisma } = database;
const store = createEntryStore(database);
const keyring = createKeyring([{ id: 'k1', key: randomBytes(32) }]);
const identityId = idOf(1);

const now = new Date('2026-03-08T07:30:00.123Z');
const accessExpiresAt = new Date('2026-11-01T05:59:59.999Z');
const refreshExpiresAt = new Date('2027-01-01T00:00:00.000Z');
const absoluteCapAt = new Date('9999-12-31T23:59:59.001Z');

function tokensOf(version: number): TokenColumns {
  return {
    ...{ version, ciphertext: randomBytes(40), wrappedKey: randomBytes(60), keyId: 'k1' },
    ...{ grantedScopes: ['openid', 'mail'], refreshable: true, clientId: 'client' },
    ...{ accessExpiresAt, refreshExpiresAt, absoluteCapAt },
    owner: ownerOf(identityId),
    ...{ endsAt: refreshExpiresAt, origins: 'https://api.example' },
  };
}

const saveOf = (tokens: TokenColumns, by: 'refresh' | 'arrival' | 'drop' = 'refresh') => ({
  ...{ tokens, now, by },
  revives: true,
});

async function stored(): Promise<Entry> {
  const entry = await store.find(identityId);
  if (!entry) throw new Error('no entry');
  return entry;
}

beforeEach(async () => {
  await pool.query('TRUNCATE "user", connection CASCADE');
  await plantEntries(pool, keyring, 2);
});

describe('a stored time', () => {
  const names = [
    'stateSince',
    'depositedAt',
    'accessExpiresAt',
    'refreshExpiresAt',
    'absoluteCapAt',
  ] as const;
  const written = { stateSince: now, depositedAt: now, accessExpiresAt, refreshExpiresAt, absoluteCapAt };

  /** Milliseconds since 1970, by PostgreSQL's own reckoning. */
  async function bySql(): Promise<Record<string, number>> {
    const columns = names.map((name) => {
      const column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;
    });
    const text = `SELECT ${columns.join()} FROM vault_entry WHERE identity_id = $1`;
    const { rows } = await pool.query<Record<string, number>>(text, [identityId]);
    return rows[0] ?? {};
  }

  async function expectWritten(): Promise<void> {
    const milliseconds = Object.fromEntries(names.map((name) => [name, written[name].getTime()]));
    expect(await bySql()).toEqual(milliseconds);
    expect(await stored()).toMatchObject(written);
    expect(await prisma.vaultEntry.findUnique({ where: { identityId } })).toMatchObject(written);
  }

  it('is the same for Prisma, for pg and for PostgreSQL after a sign-in', async () => {
    await pool.query('DELETE FROM vault_entry');
    const place = { identityId, connectionId: 'con_all' };
    expect(await store.insert(place, tokensOf(1), now)).toBe(true);
    await expectWritten();
  });

  it('is the same after an import', async () => {
    await pool.query('DELETE FROM vault_entry WHERE identity_id = $1', [identityId]);
    const entries = [identityId, idOf(2)].map((id) => ({
      ...{ identityId: id, connectionId: 'con_all' },
      ...tokensOf(1),
      owner: ownerOf(id),
    }));
    expect(await createEntryImportStore(prisma).insertMany(entries, now)).toEqual({
      inserted: new Set([identityId]),
      moved: new Set(),
    });
    await expectWritten();
  });

  it('is not written by an import for an owner whom the identity has no more', async () => {
    await pool.query('DELETE FROM vault_entry WHERE identity_id = $1', [identityId]);
    const [, connection, issuer, subject] = ownerOf(identityId);
    const place = { identityId, connectionId: 'con_all' };
    const entry = { ...place, ...tokensOf(1), owner: ['usr_before', connection, issuer, subject] as const };
    expect(await createEntryImportStore(prisma).insertMany([entry], now)).toEqual({
      inserted: new Set(),
      moved: new Set([identityId]),
    });
    expect(await store.find(identityId)).toBeUndefined();
    expect(await store.insert(place, tokensOf(1), now)).toBe(true);
  });

  it('is the same after a save and after lost commits', async () => {
    const before = await stored();
    await store.markDead(identityId, 1, { reason: 'rejected', error: 'x' });
    expect(
      await store.supersede({ ...before, state: 'reauthorization_required' }, saveOf(tokensOf(2), 'arrival')),
    ).toBe(true);
    await expectWritten();
    const set = saveOf(tokensOf(3));
    expect(await createRestoreStore(database).putBack(identityId, set)).toBe(true);
    await expectWritten();
    expect(await stored()).toMatchObject({ version: 3, lastRefreshedAt: now });
    const earlier = { ...saveOf(tokensOf(9)), now: new Date(now.getTime() - 1) };
    expect(await createRestoreStore(database).putBack(identityId, earlier)).toBe(false);
  });

  it('compares correctly with the clock of the database', async () => {
    const soon = async (offset: number) => {
      const { rows } = await pool.query<{ now: Date }>('SELECT now()');
      const end = new Date(Number(rows[0]?.now) + offset);
      const before = await stored();
      const tokens = {
        ...tokensOf(before.version + 1),
        absoluteCapAt: end,
        refreshExpiresAt: null,
        endsAt: end,
      };
      await store.supersede(before, saveOf(tokens));
      return (await store.announceEnds('con_all', 600, 10)).map((near) => near.identityId);
    };
    expect(await soon(-1_000)).toEqual([]);
    expect(await soon(590_000)).toEqual([identityId]);
    expect(await soon(610_000)).toEqual([]);
  });
});

describe('of two saves over the same version', () => {
  it('one is stored completely, and the other is reported as lost', async () => {
    const before = await stored();
    const saves = Array.from({ length: 8 }, () => saveOf(tokensOf(2)));
    const outcomes = await Promise.all(saves.map((save) => store.supersede(before, save)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const { ciphertext, wrappedKey, version } = await stored();
    const winner = saves[outcomes.indexOf(true)]?.tokens;
    expect([version, Buffer.from(ciphertext), Buffer.from(wrappedKey)]).toEqual([
      2,
      winner?.ciphertext,
      winner?.wrappedKey,
    ]);
  });

  it('neither is lost if the loser reads again and saves over the new version', async () => {
    const writer = async () => {
      for (let saved = 0; saved < 15; ) if (await refreshOnce(store, keyring, identityId)) saved += 1;
    };
    await Promise.all([writer(), writer()]);
    expect((await stored()).version).toBe(31);
  });

  it('a grant that ended meanwhile stays ended, although the save had read it as valid', async () => {
    const before = await stored();
    await store.markDead(identityId, 1, { reason: 'rejected', error: 'x' });
    expect(await store.supersede(before, saveOf(tokensOf(2)))).toBe(false);
    expect(await stored()).toMatchObject({ version: 1, state: 'reauthorization_required' });
  });
});

describe('the journal', () => {
  const journal = async () =>
    (await pool.query('SELECT version, owner FROM refresh_intent WHERE identity_id = $1', [identityId])).rows;

  it('of a version is closed by the save that replaces it', async () => {
    await store.acquireLease(identityId, 'a', 30);
    expect(await store.writeIntent(identityId, 1, 'a')).toBe(true);
    await store.supersede(await stored(), saveOf(tokensOf(2)));
    expect(await journal()).toEqual([]);
  });

  it('has no effect if a crash came between save and closing, and the sweep finds it', async () => {
    const before = await stored();
    await store.supersede(before, saveOf(tokensOf(2)));
    await pool.query(
      `INSERT INTO refresh_intent (identity_id, version, owner, started_at) VALUES ($1, 1, 'gone', now() - interval '80 seconds')`,
      [identityId],
    );
    expect(await store.acquireLease(identityId, 'b', 30)).toMatchObject({ unfinished: undefined });
    await store.releaseLease(identityId, 'b');
    expect(await store.findUnfinished(75, 10)).toEqual([identityId]);
  });

  it('of the version that a save writes stays', async () => {
    const text = `INSERT INTO refresh_intent (identity_id, version, owner) VALUES ($1, 2, 'b')`;
    await pool.query(text, [identityId]);
    expect(await store.supersede(await stored(), saveOf(tokensOf(2)))).toBe(true);
    expect(await journal()).toEqual([{ version: 2, owner: 'b' }]);
  });

  it('of a later version stays', async () => {
    await store.acquireLease(identityId, 'a', 30);
    await store.supersede(await stored(), saveOf(tokensOf(2)));
    expect(await store.writeIntent(identityId, 2, 'a')).toBe(true);
    expect(await store.supersede({ ...(await stored()), version: 1 }, saveOf(tokensOf(2)))).toBe(false);
    expect(await journal()).toEqual([{ version: 2, owner: 'a' }]);
  });
});

it('a verification counts for the version that was verified alone', async () => {
  await pool.query('UPDATE vault_entry SET unverified = true, version = 2');
  await store.markVerified(identityId, 1);
  expect(await stored()).toMatchObject({ unverified: true });
  await store.markVerified(identityId, 2);
  expect(await stored()).toMatchObject({ unverified: false });
});

it('a scope name that is no Unicode text is stored with a replacement character', async () => {
  const tokens = { ...tokensOf(2), grantedScopes: ['a\ud800b', 'ok'] };
  expect(await store.supersede(await stored(), saveOf(tokens))).toBe(true);
  expect((await stored()).grantedScopes).toEqual(['a\ufffdb', 'ok']);
});

it('a save that waits too long for a lock is reported as unanswered', async () => {
  const before = await stored();
  const other = await pool.connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM vault_entry WHERE identity_id = $1 FOR UPDATE', [identityId]);
  const refused = await store.supersede(before, saveOf(tokensOf(2))).catch((error: unknown) => error);
  await other.query('ROLLBACK');
  other.release();
  expect(isUnanswered(refused)).toBe(true);
  expect(await store.supersede(before, saveOf(tokensOf(2)))).toBe(true);
});

it('a new expiry is announced again, and an unchanged one is not', async () => {
  const announced = async () => {
    const text = 'SELECT end_announced_at FROM vault_entry WHERE identity_id = $1';
    return (await pool.query(text, [identityId])).rows[0].end_announced_at !== null;
  };
  await store.supersede(await stored(), saveOf(tokensOf(2)));
  await pool.query('UPDATE vault_entry SET end_announced_at = now()');
  await store.supersede(await stored(), saveOf(tokensOf(3)));
  expect(await announced()).toBe(true);
  await store.supersede(await stored(), saveOf({ ...tokensOf(4), absoluteCapAt: null }));
  expect(await announced()).toBe(false);
});

describe('the count of entries', () => {
  it('of a small vault is over when it is read, and shared for half a minute', async () => {
    const clock = testClock();
    const counts = createEntryCounts({ store: createGaugeStore(pool), clock });
    const of = async () => (await counts.read())?.counts.map(({ state, count }) => [state, count]);
    expect(await of()).toEqual([['active', 2]]);
    await store.markDead(identityId, 1, { reason: 'rejected', error: 'x' });
    clock.advance(29_000);
    expect(await of()).toEqual([['active', 2]]);
    clock.advance(1_000);
    expect((await of())?.toSorted()).toEqual([
      ['active', 1],
      ['reauthorization_required', 1],
    ]);
  });

  it('of a large vault goes on in parts, while the one before is read', async () => {
    await pool.query('TRUNCATE "user", connection CASCADE');
    await plantEntries(pool, keyring, 7);
    await pool.query(
      `UPDATE vault_entry SET access_expires_at = now() - interval '90 seconds', last_used_at = now() - interval '100 seconds'
       WHERE identity_id = $1`,
      [idOf(5)],
    );
    const clock = testClock();
    const asked: string[] = [];
    const held = Promise.withResolvers<void>();
    const gauges = createGaugeStore(pool);
    const counts = createEntryCounts({
      store: {
        async entries(after, size) {
          asked.push(after);
          if (after !== '') await held.promise;
          return await gauges.entries(after, size);
        },
      },
      clock,
      size: 3,
    });
    expect(await Promise.all([counts.read(), counts.read()])).toEqual([undefined, undefined]);
    clock.advance(10_000);
    expect(await counts.read()).toBeUndefined();
    held.resolve();
    await expect.poll(async () => await counts.read()).toBeDefined();
    expect(asked).toEqual(['', idOf(3), idOf(6)]);
    const counted = await counts.read();
    expect(counted?.counts).toMatchObject([{ state: 'active', count: 7, lag: expect.any(Number) }]);
    expect(counted?.counts[0]?.lag).toBeGreaterThan(89);
    // A count that took ten seconds is not repeated for 200.
    clock.advance(189_000);
    await counts.read();
    expect(asked).toHaveLength(3);
    clock.advance(1_000);
    await counts.read();
    expect(asked.slice(3, 4)).toEqual(['']);
  });
});
