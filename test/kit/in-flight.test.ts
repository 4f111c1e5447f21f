import { expect, it } from 'vitest';
import { createInFlight } from '../../src/kit/in-flight.ts';

it('all that is in flight has settled, also what was added meanwhile or rejected', async () => {
  const inFlight = createInFlight();
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const seen: string[] = [];
  const added = inFlight.add(first.promise);
  const settled = inFlight.settled().then(() => seen.push('settled'));
  inFlight.add(second.promise).catch(() => seen.push('rejected'));
  first.resolve('value');
  expect(await added).toBe('value');
  expect(seen).toEqual([]);
  second.reject(new Error('refused'));
  await settled;
  expect(seen).toEqual(['rejected', 'settled']);
});

it('nothing in flight has settled at once', async () => {
  await createInFlight().settled();
});
