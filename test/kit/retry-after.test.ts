import { expect, it } from 'vitest';
import { retryAfterOf } from '../../src/kit/retry-after.ts';

const now = new Date('2026-01-02T03:04:05.500Z');

it.each([
  ['120', 120],
  ['0', 1],
  ['86400', 3600],
  ['Fri, 02 Jan 2026 03:04:35 GMT', 30],
  ['Fri, 02 Jan 2026 03:00:00 GMT', 1],
  ['Sat, 03 Jan 2026 03:04:05 GMT', 3600],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s is read as %s seconds', (value, expected) => {
  expect(retryAfterOf(new Headers({ 'retry-after': value }), now)).toBe(expected);
});

it('an answer without the header asks for no wait', () => {
  expect(retryAfterOf(new Headers(), now)).toBeUndefined();
});
