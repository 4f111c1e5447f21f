import { beforeAll, describe, expect, it } from 'vitest';
import { createCensus } from '../../src/reporting/census.ts';
import { type AdminAnswer, adminClient, type CallAdmin } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// The health of all grants over time.

let world: World;
let call: CallAdmin;
const minute = 60_000;

interface Series {
  readonly connection: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly points: readonly { readonly at: string; readonly n: number | null }[];
}

const seriesOf = ({ body }: AdminAnswer) => body.series as readonly Series[];
const latest = (all: readonly Series[]) =>
  Object.fromEntries(
    all.map(({ state, reason, points }) => [[state, reason].join(' ').trim(), points.at(-1)?.n]),
  );

/** Moves the clock to a minute after the next full hour. */
function pastFullHour(): void {
  world.clock.advance(61 * minute - (world.clock.now().getTime() % (60 * minute)));
}

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  const app = await createApp(world, { connections: ['google', 'wechat', 'github'] });
  for (const user of ['lin', 'ada']) await app.signIn({ connection: 'google', user });
  await app.signIn({ connection: 'wechat', user: 'lin' });
});

describe('the census of grants', () => {
  it('counts what the health of each says: all at a full hour, trouble every five minutes', async () => {
    const { pool } = world.database;
    const census = createCensus({
      pool,
      connections: world.broker.connections,
      vault: world.broker.vault,
      clock: world.clock,
      part: 2,
    });
    pastFullHour();
    await census.take();
    const before = await call('GET', '/health/grants');
    const counted = Object.values(latest(seriesOf(before))).reduce((sum: number, n) => sum + (n ?? 0), 0);
    expect(counted).toBe(3);

    const google = `(SELECT id FROM connection WHERE alias = 'google')`;
    await pool.query(`UPDATE vault_entry SET state = 'reauthorization_required', state_reason = 'password_changed'
      WHERE identity_id = (SELECT min(identity_id) FROM vault_entry WHERE connection_id = ${google})`);
    await world.adopt();
    world.clock.advance(5 * minute);
    await census.take();
    await census.take();
    const grants = seriesOf(await call('GET', '/health/grants'));
    expect(latest(grants)).toMatchObject({ 'reauthorization_required password_changed': 1, active: null });
    const dead = grants.find(({ state }) => state === 'reauthorization_required');
    expect(dead?.points.map(({ n }) => n)).toEqual([0, 1]);

    const ofOne = seriesOf(await call('GET', '/health/grants?group=connection&connection=wechat'));
    expect(new Set(ofOne.map(({ connection }) => connection))).toEqual(new Set(['wechat']));
    const each = seriesOf(await call('GET', '/health/grants?group=connection'));
    expect(each.map(({ connection, state }) => `${connection} ${state}`)).toEqual([
      'google active',
      'google reauthorization_required',
      'wechat active',
    ]);
    const ofGoogle = seriesOf(await call('GET', '/health/grants?connection=google'));
    expect(ofGoogle.find(({ state }) => state === 'active')?.points[0]?.n).toBe(2);
    expect(grants.find(({ state }) => state === 'active')?.points[0]?.n).toBe(3);
  });

  it('keeps each five minutes for two days, and full hours for 90', async () => {
    const { pool } = world.database;
    const count = async () => (await pool.query('SELECT DISTINCT at FROM grant_census')).rows.length;
    const now = world.clock.now().getTime();
    await world.broker.reporting.prune(new Date(now + 3 * 24 * 60 * minute));
    expect(await count()).toBe(1);
    await world.broker.reporting.prune(new Date(now + 91 * 24 * 60 * minute));
    expect(await count()).toBe(0);
  });

  it('has each sixth hour of a month, and the last one', async () => {
    const { pool } = world.database;
    const top = new Date('2025-03-30T17:00:00Z');
    await pool.query(
      `INSERT INTO grant_census (at, connection_id, state, reason, n)
       SELECT $1::timestamptz - h * interval '1 hour', kind.id, kind.state, '', h FROM generate_series(0, 719) h,
         (SELECT '' AS id, 'taken' AS state UNION ALL SELECT id, 'revoked' FROM connection WHERE alias = 'google') AS kind`,
      [top],
    );
    const ask = async (since: string) => {
      const query = `since=${since}&until=2025-03-30T17:04:00Z&connection=google`;
      return seriesOf(await call('GET', `/health/grants?${query}`))[0]?.points ?? [];
    };
    const month = await ask('2025-03-01T00:00:00Z');
    expect(month).toHaveLength(120);
    expect(month.slice(-3)).toEqual([
      { at: '2025-03-30T06:00:00.000Z', n: 11 },
      { at: '2025-03-30T12:00:00.000Z', n: 5 },
      { at: '2025-03-30T17:00:00.000Z', n: 0 },
    ]);
    expect(await ask('2025-03-24T00:00:00Z')).toHaveLength(162);
    await pool.query("DELETE FROM grant_census WHERE at > $1::timestamptz - 720 * interval '1 hour'", [top]);
  });

  it('refuses a period that is too long', async () => {
    expect((await call('GET', '/health/grants?since=2020-01-01T00:00:00Z')).status).toBe(400);
  });
});

describe('the grants that end soon', () => {
  it('are counted by day, 14 days ahead', async () => {
    const { pool } = world.database;
    const inThreeDays = new Date(world.clock.now().getTime() + 3 * 24 * 60 * minute);
    await pool.query(`UPDATE vault_entry SET ends_at = $1 WHERE state = 'active'`, [inThreeDays]);
    const { body } = await call('GET', '/health/ending');
    const days = body.days as { from: string; until: string; n: number }[];
    expect(days).toHaveLength(14);
    const day = days.find(
      ({ from, until }) => new Date(from) <= inThreeDays && inThreeDays < new Date(until),
    );
    expect(day?.n).toBe(2);
    expect(days.reduce((sum, { n }) => sum + n, 0)).toBe(2);
  });
});
