import { describe, it } from 'vitest';
import { runInRequest, withoutRequestTimeout } from '../../src/kit/request-context.ts';
import { freshDatabase } from '../support/database.ts';

const { prisma, pool } = await freshDatabase();

const long = 'SELECT pg_sleep(2.3)';
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'by itself': () => pool.query(long),
  'in a transaction': () =>
    prisma.$transaction((transaction) => transaction.$executeRawUnsafe(long), { timeout: 10_000 }),
};

describe.each(Object.keys(ways))('a statement %s that takes more than two seconds', (way) => {
  const ask = () => ways[way]?.() ?? Promise.reject(new Error('there is no such way'));
  const inRequest = <T>(work: () => Promise<T>) => runInRequest({ requestId: 'req' }, work);

  it.concurrent('times out in a request', async ({ expect }) => {
    await expect(inRequest(ask)).rejects.toThrow();
  });

  it.concurrent('does not time out for work on many rows', async ({ expect }) => {
    await expect(inRequest(() => withoutRequestTimeout(ask))).resolves.toBeDefined();
  });
});
