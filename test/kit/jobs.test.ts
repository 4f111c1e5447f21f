import { expect, it } from 'vitest';
import { startJobs } from '../../src/kit/jobs.ts';
import { createLog } from '../../src/kit/log.ts';
import { freshDatabase } from '../support/database.ts';

// A failing background job ends neither its process nor other jobs.

it('a failed job runs again at its next time, and the others go on', { timeout: 60_000 }, async () => {
  const database = await freshDatabase();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const runs = { bad: 0, good: 0 };
  const jobs = await startJobs({ pool: database.pool, log }, [
    {
      name: 'bad',
      cron: '0 0 1 1 *',
      run: async () => {
        runs.bad += 1;
        throw new Error('out of order');
      },
    },
    {
      name: 'good',
      cron: '0 0 1 1 *',
      run: async () => {
        runs.good += 1;
      },
    },
  ]);
  // Starts the job as the schedule would; its next time is next year.
  const due = (name: string) =>
    database.pool.query(
      'INSERT INTO jobs.job (name, policy) SELECT name, policy FROM jobs.queue WHERE name = $1',
      [name],
    );
  try {
    for (const round of [1, 2]) {
      await due('bad');
      await due('good');
      await expect.poll(() => runs, { timeout: 20_000 }).toEqual({ bad: round, good: round });
      await expect
        .poll(
          async () =>
            (
              await database.pool.query(
                `SELECT 1 FROM jobs.job WHERE name IN ('bad', 'good') AND state <> 'completed'`,
              )
            ).rowCount,
          { timeout: 20_000 },
        )
        .toBe(0);
    }
  } finally {
    await jobs.stop();
  }
  expect(lines.filter((line) => line.includes('a job failed'))).toHaveLength(2);
});

it('a start writes only those schedules that differ from the stored ones', async () => {
  const { pool } = await freshDatabase();
  const log = createLog('silent');
  const job = (name: string, cron: string) => ({ name, cron, run: async () => undefined });
  const start = async (crons: Readonly<Record<string, string>>) => {
    const jobs = await startJobs(
      { pool, log },
      Object.entries(crons).map(([name, cron]) => job(name, cron)),
    );
    await jobs.stop();
    const { rows } = await pool.query<{ name: string; cron: string; written: string }>(
      'SELECT name, cron, xmin::text AS written FROM jobs.schedule ORDER BY name',
    );
    return rows;
  };
  const [changed, same] = await start({ changed: '0 0 1 1 *', same: '0 0 1 1 *' });
  const again = await start({ added: '0 0 3 1 *', changed: '0 0 2 1 *', same: '0 0 1 1 *' });
  expect(again.map(({ name, cron }) => [name, cron])).toEqual([
    ['added', '0 0 3 1 *'],
    ['changed', '0 0 2 1 *'],
    ['same', '0 0 1 1 *'],
  ]);
  expect(again[1]?.written).not.toBe(changed?.written);
  expect(again[2]?.written).toBe(same?.written);
});
