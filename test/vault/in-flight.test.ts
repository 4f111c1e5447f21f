import { expect, it } from 'vitest';
import { createInFlight } from '../../src/vault/refresh/in-flight.ts';

it('callers are released when their refresh cannot be saved, and only then', async () => {
  const inFlight = createInFlight();
  const told: string[] = [];
  // A verdict whose save fails at first, with no refresh in flight.
  inFlight.markStalled('someone');
  const { promise, resolve } = Promise.withResolvers<void>();
  const refresh = inFlight.track('someone', promise);
  inFlight.onStalled('someone', () => told.push('at once'));
  expect(told).toEqual([]);
  inFlight.markStalled('someone');
  inFlight.onStalled('someone', () => told.push('later'));
  expect(told).toEqual(['at once', 'later']);
  resolve();
  await refresh;
  inFlight.onStalled('someone', () => told.push('after'));
  expect(told).toEqual(['at once', 'later']);
});
