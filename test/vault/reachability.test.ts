import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { watchReachability } from '../../src/vault/refresh/reachability.ts';
import { createReachabilityProbe } from '../../src/vault/refresh/reachability-store.ts';
import { retryUntilDone } from '../../src/vault/refresh/retry-until-done.ts';
import { freshDatabase } from '../support/database.ts';
import { playedReachability } from '../support/reachability.ts';

it('counts only the time in which the database was reachable', () => {
  const reachability = playedReachability();
  expect([reachability.within(minutes(5)), reachability.unbroken()]).toEqual([0, 0]);
  reachability.pass(seconds(30), 'with the database');
  reachability.pass(seconds(85), 'without it');
  expect(reachability.unbroken()).toBe(0);
  reachability.pass(seconds(4), 'with the database');
  expect(reachability.unbroken()).toBe(seconds(4));
  expect(reachability.within(seconds(3))).toBe(seconds(3));
  expect(reachability.within(seconds(60))).toBe(seconds(4));
  expect(reachability.within(seconds(99))).toBe(seconds(14));
});

it('counts unknown time as an outage', () => {
  let time = 0;
  const reachability = playedReachability(() => time);
  reachability.touch();
  time += seconds(8);
  reachability.touch();
  expect(reachability.unbroken()).toBe(seconds(8));
  time += seconds(60);
  expect(reachability.unbroken()).toBe(0);
  reachability.touch();
  expect([reachability.unbroken(), reachability.within(minutes(2))]).toEqual([0, seconds(8)]);
});

it('counts a replaced connection as no outage, and an interruption of seconds as one', () => {
  const reachability = playedReachability();
  reachability.pass(seconds(30), 'with the database');
  reachability.pass(seconds(2), 'without it');
  reachability.pass(seconds(4), 'with the database');
  expect(reachability.unbroken()).toBe(seconds(36));
  expect(reachability.within(seconds(60))).toBe(seconds(34));
  reachability.pass(seconds(5), 'without it');
  reachability.pass(seconds(4), 'with the database');
  expect(reachability.unbroken()).toBe(seconds(4));
});

it('relies on other processes for the time before its own start, and for no other', () => {
  let time = 0;
  const reachability = playedReachability(() => time);
  reachability.touch(seconds(50));
  expect([reachability.unbroken(), reachability.within(minutes(5))]).toEqual([seconds(50), seconds(50)]);
  reachability.lose();
  time += seconds(30);
  reachability.touch(seconds(80));
  expect(reachability.unbroken()).toBe(0);
  expect(reachability.within(minutes(5))).toBe(seconds(50));
});

describe('the shared record of contact in the database', () => {
  it('covers the time in which at least one process has reached it', async () => {
    const { pool } = await freshDatabase();
    const reach = createReachabilityProbe(pool);
    const ago = (column: string, by: string) =>
      pool.query(`UPDATE database_contact SET ${column} = ${column} - interval '${by}'`);
    expect(await reach()).toBeLessThan(seconds(5));
    await ago('since', '5 minutes');
    await ago('last', '4 seconds');
    expect(await createReachabilityProbe(pool)()).toBeGreaterThanOrEqual(minutes(5));
    await ago('last', '30 seconds');
    expect(await reach()).toBeLessThan(seconds(5));
  });

  it('is ignored if the clock was set back', async () => {
    const { pool } = await freshDatabase();
    const reach = createReachabilityProbe(pool);
    await reach();
    await pool.query(
      `UPDATE database_contact SET since = since + interval '1 hour', last = last + interval '1 hour'`,
    );
    expect(await reach()).toBe(0);
  });
});

it('is checked in the background, and wakes waiting callers when the database is back', async () => {
  let away = true;
  const reach = async () => {
    if (away) throw new Error('away');
    return 0;
  };
  const reachability = watchReachability(reach);
  const { promise, resolve } = Promise.withResolvers<void>();
  reachability.onBack(resolve);
  away = false;
  await promise;
  reachability.end();
});

it('lets a save be retried at once when the database is back, and once more at the end', async () => {
  const reachability = playedReachability();
  let away = true;
  let tries = 0;
  const work = async () => {
    tries += 1;
    if (away) throw new Error('away');
    return 'done';
  };
  const ending = new AbortController();
  const retryOptions = { until: ending.signal, onBack: reachability.onBack };
  const saved = retryUntilDone(work, () => undefined, retryOptions);
  // By now it waits for most of a second between two attempts.
  await expect.poll(() => tries).toBe(5);
  await new Promise((resolve) => setTimeout(resolve, 100));
  away = false;
  reachability.touch();
  const begun = performance.now();
  expect(await saved).toBe('done');
  expect(performance.now() - begun).toBeLessThan(300);

  away = true;
  tries = 0;
  ending.abort();
  expect(await retryUntilDone(work, () => undefined, retryOptions)).toBeUndefined();
  expect(tries).toBe(1);
});
