import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createCache } from '../../src/kit/cache.ts';
import { seconds } from '../../src/kit/clock.ts';
import { testClock } from '../support/clock.ts';

interface OpenedToken {
  readonly value: string;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('a value is in memory until its own end, even if no caller asks for it again', async () => {
  const clock = testClock();
  const cache = createCache<OpenedToken>({ max: 10, expiry: { ttl: seconds(60), clock } });
  const held = new Map<string, WeakRef<OpenedToken>>();
  const set = (key: string, lifetime?: number) => {
    const token = { value: `ya29.${key}` };
    held.set(key, new WeakRef(token));
    cache.set(key, token, lifetime);
  };
  set('short', seconds(10));
  set('usual');
  clock.advance(seconds(10));
  expect(cache.get('short')).toBeUndefined();
  set('other', seconds(10));
  clock.advance(seconds(11));
  cache.dropExpired();
  await nextTurn();
  collectGarbage();
  const inMemory = [...held].filter(([, token]) => token.deref()).map(([key]) => key);
  expect(inMemory).toEqual(['usual']);
  expect(cache.has('usual')).toBe(true);
});
