import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { type ConstructorOptions, PgBoss } from 'pg-boss';
import type { Logger } from './log.ts';
import { traced } from './spans.ts';

/** Scheduled background work. Of all processes on one database, one runs a job when it is due. */
export interface Jobs {
  /** Starts no more work, and waits some seconds for running jobs. */
  stop(): Promise<void>;
}

export interface Job {
  readonly name: string;
  /** Five fields. A time that no process was running for is not made up for. */
  readonly cron: string;
  readonly run: () => Promise<unknown>;
}

/** The schema of pg-boss's own tables. */
export const jobsSchema = 'jobs';

/** Creates or migrates those tables, for a process whose own role has not the right to. */
export async function prepareJobs(pool: pg.Pool): Promise<void> {
  const boss = await createBoss(pool, { supervise: false, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.stop({ graceful: false });
}

/** Starts pg-boss, which keeps the schedule in the same database. */
export async function startJobs(
  deps: { readonly pool: pg.Pool; readonly log: Logger },
  jobs: readonly Job[],
): Promise<Jobs> {
  const { pool, log } = deps;
  const boss = await createBoss(pool);
  boss.on('error', (error) => log.error({ err: error }, 'background work is in trouble'));
  await boss.start();
  // Each queue and schedule is a transaction or two, and those of an earlier start are stored already.
  const queues = new Set((await boss.getQueues()).map(({ name }) => name));
  const crons = new Map((await boss.getSchedules()).map(({ name, cron }) => [name, cron]));
  for (const { name, cron, run } of jobs) {
    // At most one runs and none waits: the next due time is soon enough.
    if (!queues.has(name))
      await boss.createQueue(name, { policy: 'exclusive', retryLimit: 0, expireInSeconds: 3600 });
    await boss.work(name, { pollingIntervalSeconds: 5 }, async () => {
      try {
        await traced(`job ${name}`, { attributes: { 'symbolon.job': name } }, () => run());
      } catch (error) {
        log.error({ err: error, job: name }, 'a job failed; it is run again at its next time');
      }
    });
    if (crons.get(name) !== cron) await boss.schedule(name, cron);
  }
  let stopped: Promise<unknown> | undefined;
  return {
    async stop() {
      // Without an answer from the database, pg-boss waits longer than its own timeout.
      stopped ??= Promise.race([
        boss.stop({ graceful: true, timeout: 5_000 }),
        pause(7_000, undefined, { ref: false }),
      ]);
      await stopped;
    },
  };
}

async function createBoss(pool: pg.Pool, options: ConstructorOptions = {}): Promise<PgBoss> {
  // PostgreSQL requires the right to create a schema even if it exists.
  const { rowCount } = await pool.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [jobsSchema]);
  return new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: jobsSchema,
    createSchema: rowCount === 0,
    ...options,
  });
}
