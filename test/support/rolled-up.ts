import type pg from 'pg';
import { vi } from 'vitest';
import type { Reporting } from '../../src/reporting/reporting.ts';

const uncounted = `SELECT count(*)::int AS count FROM audit_event e, usage_cursor c
  WHERE (e.tx, e.id) > (c.tx::xid8, c.event_id) AND e.type <> 'app.first_use'`;

/** Rolls up until all events are counted: transactions of other test files can delay the horizon. */
export async function rolledUp(reporting: Pick<Reporting, 'rollUp'>, pool: pg.Pool): Promise<void> {
  const once = async () => {
    await reporting.rollUp();
    const { rows } = await pool.query<{ count: number }>(uncounted);
    if (rows[0]?.count !== 0) throw new Error(`${rows[0]?.count} events are not counted`);
  };
  await vi.waitFor(once, { timeout: 10_000, interval: 20 });
}
