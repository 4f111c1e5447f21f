import { expect, it } from 'vitest';
import { createUnderWay } from '../../src/vault/refresh/under-way.ts';

it('callers are let go when their refresh cannot be saved, and only then', async () => {
  const underWay = createUnderWay();
  const told: string[] = [];
  // A verdict whose save fails at first, with no refresh in flight.
  underWay.hold('someone');
  const { promise, resolve } = Promise.withResolvers<void>();
  const refresh = underWay.track('someone', promise);
  underWay.onHeld('someone', () => told.push('at once'));
  expect(told).toEqual([]);
  underWay.hold('someone');
  underWay.onHeld('someone', () => told.push('later'));
  expect(told).toEqual(['at once', 'later']);
  resolve();
  await refresh;
  underWay.onHeld('someone', () => told.push('after'));
  expect(told).toEqual(['at once', 'later']);
});
