import { beforeEach, describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import { expectNoSecrets } from '../support/leaks.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await createRig();
});

const refreshed = (user: string) => ({ type: 'token.refreshed' as const, userId: user, connection: 'work' });
const users = ['usr_1', 'usr_2', 'usr_3', 'usr_4'];

async function rows(table: string): Promise<number> {
  const { rows: counted } = await rig.database.pool.query(`SELECT count(*)::int AS count FROM ${table}`);
  return counted[0]?.count;
}

describe('a receiver that is down for a day', () => {
  it('receives everything afterwards, in the order of each user', async () => {
    const { endpoint } = await rig.add();
    rig.receiver.answer(() => ({ status: 503 }));
    let recorded = 0;
    for (let hour = 0; hour < 24; hour += 1) {
      await rig.record(refreshed(users[hour % users.length] ?? ''));
      recorded += 1;
      await rig.fanOutUntil(recorded);
      await rig.webhooks.deliverDue();
      rig.clock.advance(hours(1));
      await rig.webhooks.deliverDue();
    }
    const shown = await rig.webhooks.endpoints.get(endpoint.id);
    expect(shown).toMatchObject({ pending: 24, failingSince: expect.any(Date) });
    // An endpoint that does not answer gets fewer than five attempts for each of four users' oldest events.
    expect(rig.receiver.received.length).toBeLessThan(60);
    await rig.webhooks.prune(rig.clock.now());

    rig.receiver.forget();
    rig.receiver.answer(() => ({ status: 204 }));
    // The first successful delivery, here of a new event, makes deliveries due that would wait for hours.
    await rig.record(refreshed('usr_new'));
    await rig.fanOutUntil(25);
    rig.clock.advance(minutes(1));
    await rig.webhooks.deliverDue();

    expect(rig.receiver.received).toHaveLength(25);
    for (const user of users) {
      const heard = rig.receiver.received.filter((one) => one.user === user).map(({ id }) => id);
      expect(heard).toEqual(await rig.eventIds(`user_id = '${user}'`));
    }
    const healed = await rig.webhooks.endpoints.get(endpoint.id);
    expect(healed).toMatchObject({ pending: 0, failures: 0, failingSince: null, pausedUntil: null });
  });

  it('needs bounded space: after three days pending deliveries are given up, and old ones deleted', async () => {
    const { endpoint } = await rig.add();
    const { endpoint: off } = await rig.add();
    for (const user of users) await rig.record(refreshed(user));
    await rig.fanOutUntil(8);
    await rig.webhooks.endpoints.change(off.id, { enabled: false });
    await rig.webhooks.endpoints.change(endpoint.id, { events: ['user.deleted'] });
    expect(await rig.webhooks.deliverDue()).toBe(4);
    rig.clock.advance(days(3) + 1);
    await rig.webhooks.prune(rig.clock.now());
    expect(await rig.states(endpoint.id)).toEqual([]);
    expect(await rig.states(off.id)).toMatchObject(
      users.map(() => ({ state: 'failed', lastError: 'expired' })),
    );
    expect(await rows('webhook_lane')).toBe(0);
    expect(await rig.webhooks.endpoints.get(off.id)).toMatchObject({ pending: 0 });
    rig.clock.advance(days(30) + 1);
    await rig.webhooks.prune(rig.clock.now());
    expect(await rows('webhook_delivery')).toBe(0);

    await rig.webhooks.endpoints.change(off.id, { enabled: true });
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
    expect(await rig.webhooks.deliverDue()).toBe(1);
  });

  it('does not delay another one', async () => {
    const slow = await rig.add({ url: `${rig.receiver.url}/slow` });
    const quick = await rig.add({ url: `${rig.receiver.url}/quick` });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.receiver.answer(async ({ path }) => {
      if (path.endsWith('/slow')) await held;
      return { status: 204 };
    });
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(2);
    const first = rig.webhooks.deliverDue();
    await expect.poll(() => rig.receiver.received.length).toBe(1);
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(4);
    const second = rig.webhooks.deliverDue();
    const states = async ({ endpoint }: typeof slow) =>
      (await rig.states(endpoint.id)).map(({ state }) => state);
    await expect.poll(() => states(quick)).toEqual(['delivered', 'delivered']);
    expect(await states(slow)).toEqual(['pending', 'pending']);
    release();
    await Promise.all([first, second]);
    expect(await states(slow)).toEqual(['delivered', 'delivered']);
  });
});

describe('a forbidden address', () => {
  it.each([
    'http://hooks.example/x',
    'ftp://hooks.example/x',
    'https://user:password@hooks.example/',
    'https://hooks.example/#part',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://10.1.2.3/',
    '/hook',
    'https://',
  ])('%s cannot be an endpoint', async (url) => {
    await expect(
      rig.webhooks.endpoints.create({ url, description: null, events: ['user.created'], enabled: true }),
    ).rejects.toMatchObject({
      status: 422,
    });
    expect(await rows('webhook_endpoint')).toBe(0);
  });

  it('behind a name is detected when it is called', async () => {
    const { endpoint } = await rig.add({ url: `https://localhost:${rig.receiver.host.split(':')[1]}/` });
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
    await rig.webhooks.deliverDue();
    expect(rig.receiver.received).toEqual([]);
    expect(await rig.states(endpoint.id)).toMatchObject([
      { state: 'pending', lastStatus: null, lastError: 'refused-address' },
    ]);
  });

  it('behind a redirect is not followed', async () => {
    const { endpoint } = await rig.add();
    rig.receiver.answer(({ path }) =>
      path === '/hook' ? { status: 307, headers: { location: '/elsewhere' } } : { status: 204 },
    );
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
    await rig.webhooks.deliverDue();
    expect(rig.receiver.received.map(({ path }) => path)).toEqual(['/hook']);
    expect(await rig.states(endpoint.id)).toMatchObject([{ state: 'pending', lastError: 'redirected' }]);
  });
});

it('neither a secret nor an answer of the receiver is in the log or readable in the database', async () => {
  const { endpoint, secret } = await rig.add();
  const { secret: next } = await rig.webhooks.endpoints.rotateSecret(endpoint.id);
  rig.receiver.answer(() => ({
    status: 500,
    headers: { 'x-said': 'SaidInAHeader-0123456789' },
    body: 'SaidInTheBody-0123456789',
  }));
  await rig.record(refreshed('usr_1'));
  await rig.fanOutUntil(1);
  await rig.webhooks.deliverDue();
  rig.clock.advance(seconds(5));
  rig.receiver.answer(() => ({ status: 200, body: 'SaidInTheBody-0123456789' }));
  await rig.webhooks.deliverDue();
  expect(rig.logged()).toContain('a webhook delivery failed');
  const signatures = rig.receiver.received.flatMap(({ headers }) =>
    `${headers['webhook-signature']}`.split(' ').map((one) => one.slice(3)),
  );
  expect(signatures).toHaveLength(4);
  const secrets = [secret, next].flatMap((one) => [one.reveal(), one.reveal().slice(6)]);
  const said = ['SaidInAHeader-0123456789', 'SaidInTheBody-0123456789'];
  expectNoSecrets([...secrets, ...signatures, ...said], { log: rig.logged(), database: await rig.dump() });
});
