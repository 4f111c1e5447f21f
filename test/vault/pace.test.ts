import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallTrouble } from '../../src/connectors/engine/circuit.ts';
import { createPaces } from '../../src/vault/refresh/pace.ts';

// The clock is moved by the test, so that minutes of a provider take no time.

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const waited = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A provider with a latency, and with a limit of calls in a second, beyond which it refuses. */
function provider({
  latency = 200,
  perSecond = Number.POSITIVE_INFINITY,
  retryAfter = 0,
  open = false,
} = {}) {
  let trouble: CallTrouble | undefined;
  const calls: number[] = [];
  const seen = { most: 0, running: 0, refused: 0, answered: 0 };
  const settings = { latency, perSecond };
  return {
    seen,
    settings,
    circuit: { state: () => (open ? ('open' as const) : ('closed' as const)), trouble: () => trouble },
    async refresh() {
      seen.running += 1;
      seen.most = Math.max(seen.most, seen.running);
      const now = performance.now();
      calls.push(now);
      const isRefused = calls.filter((at) => now - at < 1000).length > settings.perSecond;
      await waited(settings.latency);
      seen.running -= 1;
      if (isRefused) {
        seen.refused += 1;
        trouble = { kind: 'rate-limited', retryAfter };
        return false;
      }
      seen.answered += 1;
      return true;
    },
  };
}

const always = () => true;
const some = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Moves the clock until the work is done. Returns the seconds that it took. */
async function secondsOf(work: Promise<unknown>, most = 3_600): Promise<number> {
  let done = false;
  const ended = work.then(() => {
    done = true;
  });
  const begun = performance.now();
  while (!done && performance.now() - begun < most * 1000) await vi.advanceTimersByTimeAsync(20);
  await ended;
  return (performance.now() - begun) / 1000;
}

it('a provider that takes 200 ms is asked as often as a hundred thousand one-hour tokens need', async () => {
  const { circuit, refresh, seen } = provider();
  const seconds = await secondsOf(createPaces()('con', circuit).each(some(2_000), refresh, always));
  expect(seen.answered).toBe(2_000);
  // 100,000 an hour are 28 a second.
  expect(2_000 / seconds).toBeGreaterThan(100);
  expect(seen.most).toBeLessThanOrEqual(48);
});

it('a limit is learnt from few refusals, and kept for the next run', async () => {
  const { circuit, refresh, seen } = provider({ perSecond: 20, retryAfter: 1_000 });
  const pace = createPaces()('con', circuit);
  const first = await secondsOf(pace.each(some(400), refresh, always));
  expect(400 / first).toBeGreaterThan(5);
  const before = seen.refused;
  await secondsOf(pace.each(some(400), refresh, always));
  expect(seen.refused - before).toBeLessThan(20);
  expect(pace.state().perSecond).toBeLessThan(40);
});

it('a provider that becomes slower under the load is asked less at once', async () => {
  const slow = provider({ latency: 50 });
  const pace = createPaces()('con', slow.circuit);
  await secondsOf(pace.each(some(500), slow.refresh, always));
  const quick = pace.state().atOnce;
  slow.settings.latency = 800;
  await secondsOf(pace.each(some(300), slow.refresh, always));
  expect(pace.state().atOnce).toBeLessThan(quick / 2);
  expect(pace.state().atOnce).toBeGreaterThanOrEqual(4);
});

it('after refusals, a slow answer does not raise the pace', async () => {
  const tight = provider({ latency: 50, perSecond: 0 });
  const pace = createPaces()('con', tight.circuit);
  await secondsOf(pace.each(some(12), tight.refresh, always));
  expect(pace.state().atOnce).toBe(1);
  tight.settings.perSecond = 100;
  await secondsOf(pace.each(some(1), tight.refresh, always));
  tight.settings.latency = 5_000;
  await secondsOf(pace.each(some(1), tight.refresh, always));
  expect(pace.state().atOnce).toBeLessThan(4);
});

it('a run does not wait beyond its time for a provider that asked to wait', async () => {
  const limited = provider({ perSecond: 0, retryAfter: 300_000 });
  const begun = performance.now();
  const inTime = () => performance.now() - begun < 60_000;
  const run = createPaces()('con', limited.circuit).each(some(50), limited.refresh, inTime);
  expect(await secondsOf(run)).toBeLessThan(65);
});

it('an open circuit ends the run, and so does its time', async () => {
  const broken = provider({ open: true });
  await secondsOf(createPaces()('con', broken.circuit).each(some(50), broken.refresh, always));
  expect(broken.seen.answered).toBe(0);
  const late = provider();
  const begun = performance.now();
  const inTime = () => performance.now() - begun < 1_000;
  await secondsOf(createPaces()('con', late.circuit).each(some(5_000), late.refresh, inTime));
  expect(late.seen.answered).toBeLessThan(1_000);
});

it('a failure of the work rejects the run, after all that is under way, and the next run goes on', async () => {
  const { circuit, refresh, seen } = provider();
  const pace = createPaces()('con', circuit);
  const failing = pace.each(
    some(50),
    async (item) => {
      if (item === 1) throw new Error('the database is gone');
      return await refresh();
    },
    always,
  );
  const rejected = expect(failing).rejects.toThrow('the database is gone');
  await secondsOf(failing.catch(() => undefined));
  await rejected;
  expect([seen.running, seen.answered < 10]).toEqual([0, true]);
  await secondsOf(pace.each(some(50), refresh, always));
  expect(seen.answered).toBeGreaterThanOrEqual(50);
});

it('one slow provider does not take the places of the others', async () => {
  const paces = createPaces();
  const slow = provider({ latency: 10_000, perSecond: 1, retryAfter: 60_000 });
  const quick = provider({ latency: 100 });
  const slowRun = paces('slow', slow.circuit).each(some(30), slow.refresh, always);
  expect(await secondsOf(paces('quick', quick.circuit).each(some(500), quick.refresh, always))).toBeLessThan(
    15,
  );
  await secondsOf(slowRun, 7_200);
  expect(slow.seen.answered + slow.seen.refused).toBe(30);
});

it('a declared limit is kept from the first refresh on, and a part of it is left to requests', async () => {
  const { circuit, refresh, seen } = provider({ perSecond: 10, retryAfter: 1_000 });
  const pace = createPaces()('con', circuit, 600);
  const seconds = await secondsOf(pace.each(some(400), refresh, always));
  expect(seen).toMatchObject({ refused: 0, answered: 400 });
  expect(400 / seconds).toBeCloseTo(8, 0);
});

it('a changed limit holds from the next run on', async () => {
  const { circuit, refresh } = provider();
  const paces = createPaces();
  await secondsOf(paces('con', circuit, 60).each(some(10), refresh, always));
  expect(paces('con', circuit, 60).state().perSecond).toBeCloseTo(0.8);
  expect(paces('con', circuit, 600).state().perSecond).toBeCloseTo(8);
  expect(paces('con', circuit).state().perSecond).toBeUndefined();
});
