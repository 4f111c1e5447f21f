import { TypeID } from 'typeid-js';
import { afterEach, expect, it, vi } from 'vitest';
import { bytesOf, idOfBytes, isId, newId, timeOf } from '../../src/kit/ids.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('a new id is a TypeID of a UUID of version 7, as the library reads it', () => {
  const before = Date.now();
  for (let n = 0; n < 1_000; n += 1) {
    const id = newId('evt');
    const parsed = TypeID.fromString(id);
    expect(parsed.getType()).toBe('evt');
    // RFC 9562 section 5.7: version and variant.
    expect(parsed.toUUID()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isId('evt', id)).toBe(true);
    expect(isId('usr', id)).toBe(false);
    expect(idOfBytes('evt', bytesOf('evt', id) ?? new Uint8Array())).toBe(id);
    expect(timeOf(id)?.getTime()).toBeGreaterThanOrEqual(before);
  }
});

it('ids sort in the order in which they were made, within a millisecond too', () => {
  const ids = Array.from({ length: 10_000 }, () => newId('req'));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  // 42 bits are random.
  expect(new Set(ids.map((id) => id.slice(-8))).size).toBeGreaterThan(9_990);
});

it('a clock that was set forward by mistake and back again dates no later id', () => {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: now + 86_400_000 });
  newId('evt');
  vi.setSystemTime(now);
  const id = newId('evt');
  expect(timeOf(id)?.getTime()).toBe(now);
  // A step of the time service keeps the order.
  vi.setSystemTime(now - 500);
  expect(newId('evt') > id).toBe(true);
});
