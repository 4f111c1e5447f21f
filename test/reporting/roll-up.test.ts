import type pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './rig.ts';
import { expectEqualSums, mixedEvents } from './sums.ts';

let rig: Rig;
let people: { userId: string; identityId: string }[];

beforeEach(async () => {
  rig = await createRig();
  people = [await rig.person(), await rig.person()];
});

describe('the roll-up', () => {
  it('counts each event once into its hour and day, whatever the batches', async () => {
    await rig.record(...mixedEvents(people, 100));
    await rig.rollUpWith({ batch: 7 })();
    await rig.rollUp();
    await rig.record(...mixedEvents(people, 50));
    await rig.rollUp();
    await expectEqualSums(rig);
  });

  it('counts an invented code of a failed sign-in as `other`', async () => {
    await rig.record(...mixedEvents(people, 60));
    await rig.rollUp();
    const outcomes = await rig.rows(
      `SELECT DISTINCT outcome FROM usage_hour WHERE kind = 'login' ORDER BY 1`,
    );
    expect(outcomes).toEqual([{ outcome: 'ok' }, { outcome: 'other' }]);
  });

  it('counts once when it is killed at any of its statements', async () => {
    await rig.record(...mixedEvents(people, 30), {
      type: 'identity.unlinked',
      userId: 'usr_gone',
      identityId: 'idn_gone',
    });
    for (let statement = 1; ; statement += 1) {
      const killed = killedAt(rig.pool, statement);
      const run = rig.rollUpWith({ pool: killed.pool, batch: 9 })();
      await run.catch(() => undefined);
      if (!killed.happened()) break;
      expect(statement).toBeLessThan(200);
    }
    await rig.rollUp();
    await expectEqualSums(rig);
  });

  it('counts once when several processes run it at the same time', async () => {
    await rig.record(...mixedEvents(people, 200));
    const processes = Array.from({ length: 4 }, () => rig.rollUpWith({ batch: 5 }));
    await Promise.all(processes.map((run) => run()));
    await rig.rollUp();
    await expectEqualSums(rig);
  });

  it('counts an event that commits late', async () => {
    const late = await rig.pool.connect();
    await late.query('BEGIN');
    await late.query(
      `INSERT INTO audit_event (id, type, connection) VALUES ('evt_late', 'login.succeeded', 'work')`,
    );
    await rig.record({ type: 'login.succeeded', connection: 'work' });
    await rig.reporting.rollUp();
    expect(await rig.rows('SELECT n FROM usage_hour')).toEqual([]);
    await late.query('COMMIT');
    late.release();
    await rig.rollUp();
    await expectEqualSums(rig);
  });

  it('counts the last day again after the database was restored on a server that counts transactions anew', async () => {
    await rig.record(...mixedEvents(people, 60));
    await rig.rollUp();
    // The dump has an event that was not counted yet. The numbers of the former server are ahead of this one's.
    await rig.record({ type: 'login.succeeded', connection: 'work' });
    await rig.pool.query(`UPDATE audit_event SET tx = ('99999999' || (tx::text))::xid8`);
    await rig.pool.query(`UPDATE usage_cursor SET tx = '99999999' || tx`);
    await rig.reporting.rollUp();
    await rig.record(...mixedEvents(people, 20));
    await rig.rollUp();
    await expectEqualSums(rig);
  });

  it('says up to when it has counted', async () => {
    await rig.record({ type: 'login.succeeded', connection: 'work', age: 3_600_000 });
    await rig.record({ type: 'login.succeeded', connection: 'work', age: 60_000 });
    expect((await rig.reporting.position())?.through).toEqual(new Date(0));
    await rig.rollUp();
    const through = (await rig.reporting.position())?.through.getTime() ?? 0;
    expect(Math.abs(through - Date.now())).toBeLessThan(60_000);
  });

  it('keeps hours for 14 days and days for 400', async () => {
    const day = 86_400_000;
    for (const days of [1, 15, 399, 402])
      await rig.record({ type: 'login.succeeded', connection: 'work', age: days * day });
    await rig.rollUp();
    await rig.reporting.prune(new Date());
    expect(await rig.rows('SELECT n FROM usage_hour')).toHaveLength(1);
    expect(await rig.rows('SELECT n FROM usage_day')).toHaveLength(3);
  });
});

/** Returns a pool whose connection is lost at one statement: before odd ones and after even ones. */
function killedAt(pool: pg.Pool, statement: number) {
  let count = 0;
  let happened = false;
  const connect = async () => {
    const client = await pool.connect();
    const kill = () => {
      happened = true;
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    };
    const query = async (...given: unknown[]) => {
      count += 1;
      const isLast = count === Math.ceil(statement / 2);
      if (isLast && statement % 2 === 1) kill();
      const result = await (client.query as unknown as (...all: unknown[]) => Promise<unknown>)(...given);
      if (isLast && statement % 2 === 0) kill();
      return result;
    };
    return { query, release: (broken?: Error) => client.release(broken) } as unknown as pg.PoolClient;
  };
  return { pool: { connect } as unknown as pg.Pool, happened: () => happened };
}
