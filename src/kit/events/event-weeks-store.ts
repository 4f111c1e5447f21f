import type pg from 'pg';

/** The weeks of the audit log (docs/audit.md). Each is a partition of the table, by the time in the ids. */
export interface EventWeeks {
  /** Adds the partitions of the weeks to come, with a function that has the owner's rights. Returns their number. */
  addAhead(): Promise<number>;
}

/** A broker that is stopped for longer writes into the default partition, until the job has run. */
const weeksAhead = 5;

export function createEventWeeks(pool: Pick<pg.Pool, 'query'>): EventWeeks {
  return {
    async addAhead() {
      const { rows } = await pool.query<{ added: number }>('SELECT add_audit_weeks($1) AS added', [
        weeksAhead,
      ]);
      return rows[0]?.added ?? 0;
    },
  };
}
