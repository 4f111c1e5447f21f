import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { type ConstructorOptions, PgBoss } from 'pg-boss';
import type { Logger } from './log.ts';

/** Background work that is due by the clock, once for all processes on one database. */
export interface Jobs {
  /** Begins no more work, and waits some seconds for what is under way. */
  stop(): Promise<void>;
}

export interface Job {
  readonly name: string;
  /** Five fields; a process that starts late does not make up for missed times. */
  readonly cron: string;
  readonly run: () => Promise<unknown>;
}

/** pg-boss's tables are its own, beside ours. */
export const jobsSchema = 'jobs';

/** Makes those tables, or brings them up to date, for roles that may not. */
export async function prepareJobs(pool: pg.Pool): Promise<void> {
  const boss = await createBoss(pool, { supervise: false, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.stop({ graceful: false });
}

/** pg-boss keeps the schedule in the same PostgreSQL; of several processes one runs a job when it is due. */
export async function startJobs(
  deps: { readonly pool: pg.Pool; readonly log: Logger },
  jobs: readonly Job[],
): Promise<Jobs> {
  const { pool, log } = deps;
  const boss = await createBoss(pool);
  boss.on('error', (error) => log.error({ err: error }, 'background work is in trouble'));
  await boss.start();
  for (const { name, cron, run } of jobs) {
    // One at a time, and none waiting behind it: the next time is soon enough.
    await boss.createQueue(name, { policy: 'exclusive', retryLimit: 0, expireInSeconds: 3600 });
    await boss.work(name, { pollingIntervalSeconds: 5 }, async () => {
      try {
        await run();
      } catch (error) {
        log.error({ err: error, job: name }, 'a job failed; it is run again at its next time');
      }
    });
    await boss.schedule(name, cron);
  }
  let stopped: Promise<unknown> | undefined;
  return {
    async stop() {
      // A database that hangs keeps pg-boss beyond its own timeout.
      stopped ??= Promise.race([
        boss.stop({ graceful: true, timeout: 5_000 }),
        pause(7_000, undefined, { ref: false }),
      ]);
      await stopped;
    },
  };
}

async function createBoss(pool: pg.Pool, options: ConstructorOptions = {}): Promise<PgBoss> {
  // PostgreSQL asks for the right to make a schema even where it exists.
  const { rowCount } = await pool.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [jobsSchema]);
  return new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: jobsSchema,
    createSchema: rowCount === 0,
    ...options,
  });
}
