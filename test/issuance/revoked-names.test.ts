import { beforeAll, describe, expect, it } from 'vitest';
import { createRevocationStore } from '../../src/issuance/revocation/revocation-store.ts';
import { createRevocations, type Revocations } from '../../src/issuance/revocation/revocations.ts';
import { createRevokedNames } from '../../src/issuance/revocation/revoked-names.ts';
import { days, before as earlier, hours, after as later, minutes } from '../../src/kit/clock.ts';
import { newSecret } from '../../src/kit/ids.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

describe('revocations in memory', () => {
  it('are those that were put, with their latest times, and no others', async () => {
    const names = createRevokedNames();
    const values = ['', 'é', '登录', 'x'.repeat(5_000), ...Array.from({ length: 20_000 }, newSecret)];
    for (const [index, value] of values.entries()) names.put(value, { at: index, until: index + 10 });
    names.put('é', { at: 7, until: 3 });
    expect(names.size).toBe(values.length);
    expect(values.every((value) => names.has(value))).toBe(true);
    expect([names.at('é'), names.at('登录'), names.at('e')]).toEqual([7, 2, -1]);
    expect(Array.from({ length: 20_000 }, newSecret).some(names.has)).toBe(false);
  });

  it('that have ended are dropped, and the others stay', async () => {
    const names = createRevokedNames();
    const values = Array.from({ length: 10_000 }, (_, index) => `grant ${index}`);
    for (const [index, value] of values.entries()) names.put(value, { at: 1, until: index });
    await names.dropEnded(6_999);
    expect(names.size).toBe(3_000);
    expect(values.filter(names.has)).toEqual(values.slice(7_000));
    await names.dropEnded(10_000);
    expect([names.size, names.has('grant 9999')]).toEqual([0, false]);
    names.put('grant 1', { at: 2, until: 20_000 });
    expect(names.at('grant 1')).toBe(2);
  });

  it('take less than 130 bytes each', () => {
    const values = Array.from({ length: 200_000 }, newSecret);
    const names = createRevokedNames();
    for (const value of values) names.put(value, { at: 1, until: 2 });
    expect(names.bytes / values.length).toBeLessThan(130);
    expect(values.every(names.has)).toBe(true);
  });
});

describe('revocations of the table', () => {
  let database: TestDatabase;
  let revocations: Revocations;
  const now = new Date();

  const insert = (kind: string, value: string, at: Date, until = later(now, hours(3))) =>
    database.prisma.revocation.create({ data: { kind, value, at, until } });

  beforeAll(async () => {
    database = await freshDatabase();
    // More than a page, of one moment.
    await database.pool.query(
      `INSERT INTO revocation (kind, value, at, until)
        SELECT 'grant', 'grant ' || n, $1, $1::timestamptz + interval '2 hours' FROM generate_series(1, 4500) n`,
      [now],
    );
    revocations = createRevocations(createRevocationStore(database));
    await revocations.load();
  });

  const known = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => revocations.has('grant', `grant ${from + index}`));

  it('are read page by page', () => {
    expect(new Set(known(1, 4_500))).toEqual(new Set([true]));
    expect(revocations.has('grant', 'grant 4501')).toBe(false);
  });

  it('of a kind of a later version are left out', async () => {
    await insert('planet', 'pluto', now);
    await revocations.load();
    expect(revocations.has('grant', 'pluto')).toBe(false);
  });

  it('after a short absence are read from then on, and nothing counts as lost', async () => {
    await insert('grant', 'of yesterday', earlier(now, days(1)));
    await insert('grant', 'of now', now);
    expect(await revocations.load(earlier(now, hours(1)))).toEqual([]);
    expect(revocations.has('grant', 'of now')).toBe(true);
    expect(revocations.has('grant', 'of yesterday')).toBe(false);
    const bulk = createRevocations(createRevocationStore(database));
    await bulk.load(now);
    expect([bulk.has('grant', 'grant 1'), bulk.has('grant', 'grant 4500')]).toEqual([true, true]);
  });

  it('that the database has lost are stored again, unless they end within a minute', async () => {
    await revocations.add('token', 'ends soon', later(now, 50_000));
    await revocations.add('token', 'tok', later(now, minutes(10)));
    await revocations.add('user', 'usr_1');
    await database.pool.query(`DELETE FROM revocation WHERE kind IN ('token', 'user') OR value = 'grant 17'`);
    const lost = await revocations.load(earlier(now, hours(1)));
    expect(lost.map(({ kind, value }) => `${kind} ${value}`).sort()).toEqual([
      'grant grant 17',
      'token tok',
      'user usr_1',
    ]);
    expect(await revocations.load()).toEqual([]);
  });
});
