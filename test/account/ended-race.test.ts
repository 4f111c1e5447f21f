import { expect, it } from 'vitest';
import { createWorld } from '../support/world.ts';
import { visit } from './visitor.ts';

it('a request that is under way does not bring back a session that is ended meanwhile', async () => {
  const world = await createWorld();
  const { browser, userId, open } = await visit(world, { connection: 'google', user: 'lin' });
  const ending = await world.database.pool.connect();
  try {
    await ending.query('BEGIN');
    await ending.query(`DELETE FROM browser_session WHERE sess->>'userId' = $1`, [userId]);
    // It reads the session, notes its sign-in there, and waits for the row.
    const cookie = browser.cookies.header(new URL(world.issuer)) ?? '';
    const answer = fetch(`${world.issuer}/account/login`, { headers: { cookie }, redirect: 'manual' });
    const waiting = () =>
      world.database.pool.query(
        `SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() <> pid AND database =
           (SELECT oid FROM pg_database WHERE datname = current_database())
         UNION ALL SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
    await expect.poll(async () => (await waiting()).rowCount).toBeGreaterThan(0);
    await ending.query('COMMIT');
    expect((await answer).status).toBe(303);
  } finally {
    ending.release();
  }
  expect((await open('/account')).text).toContain('See which accounts you have linked');
});
