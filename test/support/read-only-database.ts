import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { TestDatabase } from './database.ts';

/**
 * Simulates a failover to a standby: every session ends, and new ones can only read. Afterwards writes work
 * again.
 */
export async function withReadOnlyDatabase(
  { url, pool }: Pick<TestDatabase, 'url' | 'pool'>,
  work: () => Promise<void>,
): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const superuser = new URL(url);
  superuser.pathname = '/postgres';
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  const turn = async (state: string) => {
    await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${state}`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  };
  try {
    await turn('on');
    await work();
  } finally {
    await turn('off');
    await client.end();
    await untilReachable(pool);
  }
}

/** A pool notices each ended session by a query that fails. */
async function untilReachable(pool: TestDatabase['pool']): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const queries = Array.from({ length: 20 }, () => pool.query('SELECT 1'));
    if ((await Promise.allSettled(queries)).every(({ status }) => status === 'fulfilled')) return;
    await pause(5);
  }
  throw new Error('the database did not come back');
}
