import type pg from 'pg';

export interface RateStore {
  /**
   * Takes one more portion of this window's allowance. Returns its number, from 1, or undefined when none is
   * left.
   */
  take(claim: RateClaim): Promise<number | undefined>;
  prune(now: Date): Promise<void>;
}

export interface RateClaim {
  readonly appId: string;
  readonly identityId: string;
  /** The start of the window, by the clock of the process that takes. */
  readonly windowAt: Date;
  readonly endsAt: Date;
  /** The number of portions that an allowance is divided into. */
  readonly portions: number;
}

// A window that another process has started counts as the current one, whatever this process's clock says.
const takeStatement = `INSERT INTO retrieval_rate (app_id, identity_id, window_at, ends_at, portions)
  VALUES ($1, $2, $3, $4, 1)
  ON CONFLICT (app_id, identity_id) DO UPDATE SET
    portions = CASE WHEN retrieval_rate.window_at < excluded.window_at THEN 1 ELSE retrieval_rate.portions + 1 END,
    window_at = greatest(retrieval_rate.window_at, excluded.window_at),
    ends_at = greatest(retrieval_rate.ends_at, excluded.ends_at)
  WHERE retrieval_rate.window_at < excluded.window_at OR retrieval_rate.portions < $5
  RETURNING portions`;

export function createRateStore(pool: pg.Pool): RateStore {
  return {
    async take({ appId, identityId, windowAt, endsAt, portions }) {
      const values = [appId, identityId, windowAt, endsAt, portions];
      const { rows } = await pool.query<{ portions: number }>(takeStatement, values);
      return rows[0]?.portions;
    },
    async prune(now) {
      await pool.query('DELETE FROM retrieval_rate WHERE ends_at < $1', [now]);
    },
  };
}
