import { queryObjects } from 'node:v8';
import { expect, it } from 'vitest';
import { createCache } from '../../src/kit/cache.ts';
import { seconds } from '../../src/kit/clock.ts';
import { testClock } from '../support/clock.ts';

class OpenedToken {
  readonly value = 'ya29.secret';
}

const inMemory = () => queryObjects(OpenedToken, { format: 'count' });

it('a value is in memory until its own end, even if no caller asks for it again', () => {
  const clock = testClock();
  const cache = createCache<OpenedToken>({ max: 10, expiry: { ttl: seconds(60), clock } });
  cache.set('short', new OpenedToken(), seconds(10));
  cache.set('usual', new OpenedToken());
  clock.advance(seconds(10));
  expect(cache.get('short')).toBeUndefined();
  cache.set('other', new OpenedToken(), seconds(10));
  clock.advance(seconds(11));
  cache.dropExpired();
  expect(inMemory()).toBe(1);
  expect(cache.has('usual')).toBe(true);
});
