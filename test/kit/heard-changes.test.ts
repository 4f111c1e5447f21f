import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHeardChanges } from '../../src/kit/database/heard-changes.ts';
import { createHeardRows } from '../../src/kit/database/heard-rows.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Beats that come back when the test says so. */
function line() {
  const under: PromiseWithResolvers<void>[] = [];
  return {
    beat: () => {
      const sent = Promise.withResolvers<void>();
      under.push(sent);
      return sent.promise;
    },
    sent: () => under.length,
    back: async () => {
      under.shift()?.resolve();
      await vi.advanceTimersByTimeAsync(0);
    },
    lost: async () => {
      under.shift()?.reject(new Error('ended'));
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

it('a cache is current for 200 ms from the time at which the last beat was sent, not from its return', async () => {
  const heard = createHeardChanges();
  const { beat, back } = line();
  expect(await heard.whenCurrent()).toBe(false);
  heard.heardBy(beat);
  const asked = heard.whenCurrent();
  await vi.advanceTimersByTimeAsync(50);
  await back();
  expect(await asked).toBe(true);
  await vi.advanceTimersByTimeAsync(149);
  expect(heard.isCurrent()).toBe(true);
  await vi.advanceTimersByTimeAsync(2);
  expect(heard.isCurrent()).toBe(false);
});

it('beats go on while requests come, and stop ten seconds after the last one', async () => {
  const heard = createHeardChanges();
  const beat = vi.fn(async () => undefined);
  heard.heardBy(beat);
  expect(await heard.whenCurrent()).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(heard.isCurrent()).toBe(true);
  await vi.advanceTimersByTimeAsync(15_000);
  const before = beat.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(beat.mock.calls.length).toBe(before);
  expect(heard.isCurrent()).toBe(false);
  expect(await heard.whenCurrent()).toBe(true);
});

it('after a write of its own, a process waits for a beat that was sent later', async () => {
  const heard = createHeardChanges();
  const { beat, back, sent } = line();
  heard.heardBy(beat);
  const first = heard.whenCurrent();
  await back();
  expect(await first).toBe(true);
  await vi.advanceTimersByTimeAsync(80);
  expect(sent()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  heard.written();
  expect(heard.isCurrent()).toBe(false);
  // The beat that was under way during the write.
  await back();
  expect(heard.isCurrent()).toBe(false);
  await back();
  expect(heard.isCurrent()).toBe(true);
});

it('neither a lost connection nor a stopped process nor a clock that is set back leaves a cache current', async () => {
  const heard = createHeardChanges();
  const { beat, back, lost } = line();
  const end = heard.heardBy(beat);
  const first = heard.whenCurrent();
  await back();
  expect(await first).toBe(true);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(heard.isCurrent()).toBe(false);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(heard.isCurrent()).toBe(true);
  // A paused machine: its monotonic clock stands still.
  vi.setSystemTime(Date.now() + 1_000);
  expect(heard.isCurrent()).toBe(false);
  const again = heard.whenCurrent();
  await lost();
  expect(await again).toBe(false);
  const once = heard.whenCurrent();
  await back();
  expect(await once).toBe(true);
  end();
  expect(heard.isCurrent()).toBe(false);
  expect(await heard.whenCurrent()).toBe(false);
});

it('a row that was read before its change is not kept, nor one that is changed later', async () => {
  const heard = createHeardChanges();
  heard.heardBy(async () => undefined);
  const reads: PromiseWithResolvers<{ n: number }>[] = [];
  const read = () => {
    const asked = Promise.withResolvers<{ n: number }>();
    reads.push(asked);
    return asked.promise;
  };
  const rows = createHeardRows({ heard, tables: ['thing'], read, maxBytes: 1_000, sizeOf: () => 400 });
  const early = rows.find('a');
  rows.changed('a');
  const late = rows.find('a');
  reads[1]?.resolve({ n: 2 });
  expect(await late).toEqual({ n: 2 });
  reads[0]?.resolve({ n: 1 });
  expect(await early).toEqual({ n: 1 });
  expect(await rows.known('a')).toEqual({ n: 2 });
  rows.changed('a');
  expect(await rows.known('a')).toBeUndefined();

  for (const key of ['b', 'c', 'd']) {
    const found = rows.find(key);
    reads.at(-1)?.resolve({ n: 3 });
    await found;
  }
  expect(await rows.known('b')).toBeUndefined();
  expect(rows.peek('d')).toEqual({ n: 3 });
  const crossing = rows.find('e');
  rows.clear();
  reads.at(-1)?.resolve({ n: 4 });
  await crossing;
  expect(await rows.known('e')).toBeUndefined();
  expect(rows.peek('d')).toBeUndefined();
});

it.each([
  ['UPDATE thing SET n = 1', true],
  ['update only public."thing" set n = 1', true],
  ['INSERT INTO "public"."thing" ("n") VALUES ($1)', true],
  ['WITH gone AS (DELETE FROM thing RETURNING n) SELECT n FROM gone', true],
  ['SELECT n FROM thing FOR UPDATE', false],
  ['INSERT INTO other (thing) SELECT n FROM thing', false],
  ['DELETE FROM thing_else', false],
  ['UPDATE thing SET seen = $1', false],
])('%s: changes a cached row: %s', (text, expected) => {
  const heard = createHeardChanges();
  expect(heard.changes(text)).toBe(false);
  heard.watch(['thing', 'table'], ['UPDATE thing SET seen = $1']);
  expect(heard.changes(text)).toBe(expected);
});
