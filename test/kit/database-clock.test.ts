import { expect, it, vi } from 'vitest';
import { createDatabaseClock } from '../../src/kit/database/database-clock.ts';
import { createRowCache } from '../../src/kit/database/row-cache.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';

it('a cache with the database’s clock keeps no row longer when the machine’s clock is set back', async () => {
  const { pool } = await freshDatabase();
  const machine = testClock();
  let uptime = 5_000;
  const clock = await createDatabaseClock(pool, { ...machine, monotonic: () => uptime });
  const read = vi.fn(async () => 'row');
  const cache = createRowCache(read, { max: 1, ttl: 1_000, clock });
  await cache.get('a');
  machine.advance(-30_000);
  uptime += 1_000;
  await cache.get('a');
  expect(read).toHaveBeenCalledTimes(2);
});
