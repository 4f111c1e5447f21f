import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await createRig();
});

const refreshed = (user: string) => ({ type: 'token.refreshed' as const, userId: user, connection: 'work' });

async function otherConnection() {
  const client = new pg.Client({ connectionString: rig.database.url });
  await client.connect();
  return client;
}

const insert = `INSERT INTO audit_event (id, type, user_id) VALUES ($1, 'token.refreshed', $2)`;

describe('events that commit out of order', () => {
  it('are all delivered: one that was recorded first and committed last is not skipped', async () => {
    const { endpoint } = await rig.add();
    const early = await otherConnection();
    await early.query('BEGIN');
    await early.query(insert, ['evt_early', 'usr_1']);
    await rig.record(refreshed('usr_2'));
    // The later one waits for the earlier: events after the horizon are not read yet.
    expect(await rig.webhooks.fanOut()).toBe(0);
    expect(await rig.webhooks.fanOut()).toBe(0);
    await early.query('COMMIT');
    await early.end();
    await rig.fanOutUntil(2);
    expect((await rig.states(endpoint.id)).map(({ eventId }) => eventId)).toEqual(
      await rig.eventIds("type = 'token.refreshed'"),
    );
    await rig.webhooks.deliverDue();
    expect(rig.receiver.accepted()).toHaveLength(2);
  });

  it('do not wait for one that is rolled back', async () => {
    await rig.add();
    const early = await otherConnection();
    await early.query('BEGIN');
    await early.query(insert, ['evt_never', 'usr_1']);
    await rig.record(refreshed('usr_2'));
    expect(await rig.webhooks.fanOut()).toBe(0);
    await early.query('ROLLBACK');
    await early.end();
    await rig.fanOutUntil(1);
  });

  it('keep their order when the numbers of transactions and deliveries grow longer', async () => {
    const { endpoint } = await rig.add();
    const { pool } = rig.database;
    await pool.query(`UPDATE webhook_cursor SET tx = '0', event_id = ''`);
    await pool.query(`UPDATE webhook_endpoint SET tx = '0'`);
    for (let tx = 12; tx > 0; tx -= 1) {
      const text = `INSERT INTO audit_event (id, type, user_id, tx) VALUES ($1, 'token.refreshed', 'usr_1', $2)`;
      await pool.query(text, [`evt_${tx}`, String(tx)]);
    }
    await rig.fanOutUntil(12);
    expect(await rig.webhooks.deliverDue()).toBe(12);
    const inOrder = Array.from({ length: 12 }, (_, index) => `evt_${index + 1}`);
    expect((await rig.states(endpoint.id)).map(({ eventId }) => eventId)).toEqual(inOrder);
    expect(rig.receiver.accepted()).toEqual(inOrder);
  });

  it('are found again after the database was restored on a server that counts transactions from the start', async () => {
    await rig.add();
    const { pool } = rig.database;
    await pool.query(`UPDATE webhook_cursor SET tx = '999999999999', event_id = 'evt_x'`);
    await pool.query(`UPDATE webhook_endpoint SET tx = '999999999998'`);
    await pool.query(
      `INSERT INTO audit_event (id, type, tx) VALUES ('evt_old', 'token.refreshed', '999999999997')`,
    );
    await rig.webhooks.fanOut();
    expect((await pool.query(`SELECT tx::text FROM audit_event WHERE id = 'evt_old'`)).rows).toEqual([
      { tx: '0' },
    ]);
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
  });
});

describe('several processes at once', () => {
  it('deliver everything once, in the order of each user, never two events of one user at a time', async () => {
    const { endpoint } = await rig.add();
    const processes = [rig.webhooks, rig.another(), rig.another()];
    const users = Array.from({ length: 10 }, (_, index) => `usr_${index}`);
    const atWork = new Map<string, number>();
    let together = 0;
    rig.receiver.answer(async ({ user }) => {
      const name = `${user}`;
      atWork.set(name, (atWork.get(name) ?? 0) + 1);
      together = Math.max(together, atWork.get(name) ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 3));
      atWork.set(name, (atWork.get(name) ?? 0) - 1);
      return { status: 204 };
    });

    let writing = true;
    const written = (async () => {
      for (let round = 0; round < 8; round += 1) {
        await Promise.all(users.map((user) => rig.record(refreshed(user))));
      }
      writing = false;
    })();
    const working = processes.map(async (one) => {
      while (writing || (await rig.webhooks.endpoints.get(endpoint.id))?.pending !== 0) {
        await one.fanOut();
        await one.deliverDue();
      }
    });
    await Promise.all([written, ...working]);
    await rig.fanOutUntil(80);
    while ((await rig.webhooks.endpoints.get(endpoint.id))?.pending !== 0) await rig.webhooks.deliverDue();

    const { received } = rig.receiver;
    expect(received).toHaveLength(80);
    expect(new Set(received.map(({ id }) => id)).size).toBe(80);
    expect(together).toBe(1);
    expect(Math.max(...received.map(({ atOnce }) => atOnce))).toBeGreaterThan(1);
    for (const user of users) {
      const heard = received.filter((one) => one.user === user).map(({ id }) => id);
      expect(heard).toEqual(await rig.eventIds(`user_id = '${user}'`));
    }
    expect((await rig.states(endpoint.id)).every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('do not take over from one that is still sending, only from one that ended', async () => {
    await rig.add();
    const { pool } = rig.database;
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
    await pool.query(`UPDATE webhook_lane SET lease = 'dead', lease_until = now() + interval '40 seconds'`);
    expect(await rig.webhooks.deliverDue()).toBe(0);
    await pool.query(`UPDATE webhook_lane SET lease_until = now() - interval '1 second'`);
    expect(await rig.another().deliverDue()).toBe(1);
  });

  it('include a paused one, which after its lease completes nothing that another has completed', async () => {
    const { endpoint } = await rig.add();
    const { pool } = rig.database;
    let first = true;
    const paused = new Promise<void>((resolve) => {
      rig.receiver.answer(async () => {
        if (!first) return { status: 204 };
        first = false;
        await pool.query(`UPDATE webhook_lane SET lease_until = now() - interval '1 second'`);
        await rig.another().deliverDue();
        resolve();
        return { status: 500 };
      });
    });
    await rig.record(refreshed('usr_1'));
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(2);
    await rig.webhooks.deliverDue();
    await paused;
    expect(await rig.states(endpoint.id)).toMatchObject([
      { state: 'delivered', attempts: 1, lastStatus: 204 },
      { state: 'delivered', attempts: 1 },
    ]);
    expect(await rig.webhooks.endpoints.get(endpoint.id)).toMatchObject({ pending: 0 });
    // A delivery happens at least once, and each attempt has the same id.
    const ids = rig.receiver.received.map(({ id }) => id).sort();
    const [one, two] = await rig.eventIds("type = 'token.refreshed'");
    expect(ids).toEqual([one, one, two].sort());
  });

  it('run in the background once started, and end on request', async () => {
    await rig.add();
    const processes = [rig.webhooks, rig.another()];
    for (const one of processes) one.start();
    for (let count = 0; count < 5; count += 1) await rig.record(refreshed('usr_1'));
    await expect.poll(() => rig.receiver.accepted(), { timeout: 10_000 }).toHaveLength(5);
    for (const one of processes) await one.stop();
    expect(rig.receiver.accepted()).toEqual(await rig.eventIds("type = 'token.refreshed'"));
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(6);
    expect(await rig.webhooks.deliverDue()).toBe(0);
  });
});
