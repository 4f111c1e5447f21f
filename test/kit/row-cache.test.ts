import { expect, it, vi } from 'vitest';
import { UnansweredError } from '../../src/kit/database/database-errors.ts';
import { createRowCache } from '../../src/kit/database/row-cache.ts';
import { runInRequest } from '../../src/kit/request-context.ts';
import { testClock } from '../support/clock.ts';

const options = () => ({ max: 2, ttl: 1_000, clock: testClock() });

it('rows within the TTL are read once, in batches, and their number is bounded', async () => {
  const read = vi.fn(async (key: string) => `row ${key}`);
  const { clock, ...rest } = options();
  const cache = createRowCache(read, { ...rest, clock });
  expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['row a', 'row a']);
  expect(read).toHaveBeenCalledTimes(1);
  clock.advance(999);
  await cache.get('a');
  expect(read).toHaveBeenCalledTimes(1);
  clock.advance(1);
  await cache.get('a');
  expect(read).toHaveBeenCalledTimes(2);
  for (const key of ['b', 'c', 'a']) await cache.get(key);
  expect(read.mock.calls.map(([key]) => key)).toEqual(['a', 'a', 'b', 'c', 'a']);
});

it('a failed read and a missing row are not cached', async () => {
  const read = vi.fn<() => Promise<string | undefined>>();
  const cache = createRowCache(read, options());
  read.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(undefined).mockResolvedValue('row');
  await expect(cache.get('a')).rejects.toThrow('away');
  expect(await cache.get('a')).toBeUndefined();
  expect(await cache.get('a')).toBe('row');
});

it.each(['clear', 'delete'] as const)('a read that began before %s is not cached', async (how) => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = vi.fn<() => Promise<string>>().mockReturnValueOnce(promise).mockResolvedValue('new');
  const cache = createRowCache(read, options());
  const first = cache.get('a');
  cache[how]('a');
  const second = cache.get('a');
  resolve('old');
  expect([await first, await second, await cache.get('a')]).toEqual(['old', 'new', 'new']);
});

it('an uncached read replaces the row in the cache', async () => {
  const read = vi.fn<() => Promise<string>>().mockResolvedValueOnce('old').mockResolvedValue('new');
  const cache = createRowCache(read, options());
  expect([await cache.get('a'), await cache.getNow('a'), await cache.get('a')]).toEqual([
    'old',
    'new',
    'new',
  ]);
  expect(read).toHaveBeenCalledTimes(2);
});

it('a row expires no later if the system’s clock is set back', async () => {
  const { clock, ...rest } = options();
  let uptime = 5_000;
  const read = vi.fn(async () => 'row');
  const cache = createRowCache(read, { ...rest, clock: { ...clock, monotonic: () => uptime } });
  await cache.get('a');
  clock.advance(-3_600_000);
  uptime += 1_000;
  await cache.get('a');
  expect(read).toHaveBeenCalledTimes(2);
});

it('a request that waits for another’s read does not repeat it after a failure', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const cache = createRowCache(() => promise, options());
  const requests = ['first', 'second'].map((requestId) => ({ requestId, unanswered: undefined }));
  const waiting = requests.map((request) => runInRequest(request, () => cache.get('app')));
  const unanswered = new UnansweredError();
  reject(unanswered);
  for (const one of waiting) await expect(one).rejects.toBe(unanswered);
  expect(requests[1]?.unanswered).toBe(unanswered);
});

it('a failed read does not drop the row of a later read', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const read = vi.fn<() => Promise<string>>().mockReturnValueOnce(promise).mockResolvedValue('row');
  const cache = createRowCache(read, options());
  const first = cache.get('a');
  await cache.getNow('a');
  reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  expect(await cache.get('a')).toBe('row');
  expect(read).toHaveBeenCalledTimes(2);
});
