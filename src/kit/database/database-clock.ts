import type pg from 'pg';
import { type Clock, minutes } from '../clock.ts';

export interface DatabaseClock extends Clock {
  /** Measures the difference. @throws when the database does not answer; the last difference stays */
  sync(): Promise<void>;
}

/**
 * The database's time, as a difference to this machine's clock, so that processes with different clocks agree on
 * expiry. The error is at most half a round trip, plus the drift between measurements.
 */
export async function createDatabaseClock(pool: pg.Pool, machine: Clock): Promise<DatabaseClock> {
  let difference = 0;
  let measuredAt = machine.now().getTime();

  async function sync(): Promise<void> {
    const before = machine.now().getTime();
    const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const after = machine.now().getTime();
    measuredAt = after;
    difference = (rows[0]?.now.getTime() ?? after) - (before + after) / 2;
  }

  await sync();
  return {
    sync,
    ...(machine.monotonic && { monotonic: machine.monotonic }),
    now() {
      const time = machine.now().getTime();
      // Measures often, which is cheap: a change of the machine's clock makes the difference wrong until then.
      if (Math.abs(time - measuredAt) > minutes(1)) {
        measuredAt = time;
        sync().catch(() => undefined);
      }
      return new Date(time + difference);
    },
  };
}
