import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await createRig();
});

const about = (user: string) => ({ userId: user, connection: 'work', identityId: 'idn_1' });
const retrieved = (user: string) => ({ type: 'token.retrieved' as const, appId: 'app_1', ...about(user) });
const refreshed = (user: string) => ({ type: 'token.refreshed' as const, ...about(user) });

describe('a delivery', () => {
  it('is a signed JSON text with the event, its ids, and nothing else', async () => {
    const { secret } = await rig.add();
    await rig.record({
      type: 'connection.misconfigured',
      connection: 'work',
      detail: { step: 'refresh', failure: 'misconfigured', code: "a stranger's words", status: 401 },
    });
    await rig.record({
      type: 'token.reauthorization_required',
      ...about('usr_1'),
      detail: { reason: 'expired' },
    });
    await rig.fanOutUntil(2);
    expect(await rig.webhooks.deliverDue()).toBe(2);

    const { received } = rig.receiver;
    const [misconfigured, required] = ['connection.misconfigured', 'token.reauthorization_required'].map(
      (type) => received.find((one) => one.type === type),
    );
    expect(JSON.parse(`${required?.body}`)).toEqual({
      type: 'token.reauthorization_required',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        event_id: required?.id,
        user: 'usr_1',
        app: null,
        connection: 'work',
        identity: 'idn_1',
        actor: { kind: 'system', id: null },
        reason: 'expired',
      },
    });
    expect(misconfigured?.body).not.toContain('stranger');
    expect(JSON.parse(`${misconfigured?.body}`).data).toMatchObject({ step: 'refresh', status: 401 });

    expect(required?.headers).toMatchObject({ 'content-type': 'application/json' });
    const timestamp = Math.floor(rig.clock.now().getTime() / 1000);
    expect(required?.headers['webhook-timestamp']).toBe(String(timestamp));
    const key = Buffer.from(secret.reveal().slice('whsec_'.length), 'base64');
    const content = `${required?.id}.${timestamp}.${required?.body}`;
    const signature = createHmac('sha256', key).update(content).digest('base64');
    expect(required?.headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it('tells changes by admins where their types are named, without what is for the audit alone', async () => {
    await rig.add();
    const changes = ['connection.origin_changed', 'admin.token_created'] as const;
    await rig.add({ events: [...changes] });
    const detail = { from: ['old.example'], to: ['new.example'], reason: 'a new host', identities: 7 };
    await rig.record({ type: 'connection.origin_changed', connection: 'work', detail });
    const token = { token: 'adt_1', role: 'owner', expires_at: '2027-01-01T00:00:00.000Z' };
    await rig.record({ type: 'admin.token_created', detail: { ...token, name: 'of Ada' } });
    await rig.fanOutUntil(2);
    for (let sent = 0; sent < 2; ) sent += await rig.webhooks.deliverDue();
    const [moved, made] = changes.map((type) => rig.receiver.received.find((one) => one.type === type));
    expect(JSON.parse(`${moved?.body}`).data).toMatchObject({ connection: 'work', ...detail });
    expect(JSON.parse(`${made?.body}`).data).toMatchObject(token);
    expect(made?.body).not.toContain('of Ada');
  });

  it('tells the questions of agents where their types are named, without the call and the agent’s words', async () => {
    const types = ['requested', 'approved', 'denied', 'used', 'expired'].map((end) => `approval.${end}`);
    await rig.add();
    await rig.add({ events: types as never });
    const told = { approval: 'apr_1', kind: 'call', method: 'POST' };
    const detail = {
      ...told,
      expires_at: '2026-12-01T00:10:00.000Z',
      by: 'person',
      was: 'pending',
      why: 'x',
    };
    for (const type of [...types, 'approval.refused'])
      await rig.record({ type: type as never, appId: 'app_1', ...about('usr_1'), detail });
    await rig.fanOutUntil(5);
    for (let sent = 0; sent < 5; ) sent += await rig.webhooks.deliverDue();
    expect(rig.receiver.received.map(({ type }) => type).toSorted()).toEqual(types.toSorted());
    for (const { type, body } of rig.receiver.received) {
      const { data } = JSON.parse(`${body}`);
      const { approval, kind, method, expires_at, ...rest } = data;
      expect({ approval, kind, method }, type).toEqual(told);
      expect(expires_at).toBe(type === 'approval.requested' ? detail.expires_at : undefined);
      expect(Object.keys(rest).toSorted()).toEqual([
        'actor',
        'app',
        'connection',
        'event_id',
        'identity',
        'user',
      ]);
    }
  });

  it('is created for the types of an endpoint, once for each endpoint, from its creation on', async () => {
    await rig.record(refreshed('usr_0'));
    const all = await rig.add();
    const some = await rig.add({ events: ['token.retrieved', 'token.retrieved'] });
    const none = await rig.add({ enabled: false });
    await rig.record(refreshed('usr_1'));
    await rig.record(retrieved('usr_1'));
    await rig.record({ type: 'login.succeeded', ...about('usr_1') });
    await rig.fanOutUntil(2);
    await rig.webhooks.fanOut();
    const types = async ({ endpoint }: typeof all) => (await rig.states(endpoint.id)).map(({ type }) => type);
    expect(await types(all)).toEqual(['token.refreshed']);
    expect(await types(some)).toEqual(['token.retrieved']);
    expect(await types(none)).toEqual([]);
  });

  it('has two signatures for a day after a new secret, and one afterwards', async () => {
    const { endpoint, secret } = await rig.add();
    const { secret: next } = await rig.webhooks.endpoints.rotateSecret(endpoint.id);
    expect(next.reveal()).not.toBe(secret.reveal());
    const signaturesOfNext = async (deliveries: number) => {
      await rig.record(refreshed('usr_1'));
      await rig.fanOutUntil(deliveries);
      await rig.webhooks.deliverDue();
      return `${rig.receiver.received.at(-1)?.headers['webhook-signature']}`.split(' ');
    };
    const during = await signaturesOfNext(1);
    expect(during).toHaveLength(2);
    rig.clock.advance(hours(24) + 1);
    expect(await signaturesOfNext(2)).toHaveLength(1);
    await rig.webhooks.endpoints.rotateSecret(endpoint.id);
    await rig.webhooks.endpoints.rotateSecret(endpoint.id);
    expect(await signaturesOfNext(3)).toHaveLength(2);
  });
});

describe('a failed delivery', () => {
  it('is retried with the same id and the same bytes, and delays only its own user', async () => {
    const { endpoint } = await rig.add();
    for (const user of ['usr_1', 'usr_2', 'usr_1', 'usr_2', 'usr_1']) await rig.record(refreshed(user));
    rig.receiver.answer(({ user }) => ({ status: user === 'usr_1' ? 500 : 204 }));
    await rig.fanOutUntil(5);
    await rig.webhooks.deliverDue();
    const of = (user: string) => rig.receiver.received.filter((one) => one.user === user);
    expect(of('usr_1')).toHaveLength(1);
    expect(of('usr_2').map(({ id }) => id)).toEqual(await rig.eventIds("user_id = 'usr_2'"));
    expect(await rig.states(endpoint.id)).toMatchObject([
      { state: 'pending', attempts: 1, lastStatus: 500 },
      { state: 'delivered' },
      { state: 'pending', attempts: 0, lastStatus: null },
      { state: 'delivered' },
      { state: 'pending' },
    ]);

    expect(await rig.webhooks.deliverDue()).toBe(0);
    rig.receiver.answer(() => ({ status: 204 }));
    rig.clock.advance(seconds(5));
    expect(await rig.webhooks.deliverDue()).toBe(3);
    const tries = of('usr_1');
    const ids = await rig.eventIds("user_id = 'usr_1'");
    expect(tries.map(({ id }) => id)).toEqual([ids[0], ...ids]);
    expect(tries[1]?.body).toBe(tries[0]?.body);
    expect(tries[1]?.headers['webhook-timestamp']).not.toBe(tries[0]?.headers['webhook-timestamp']);
  });

  it('waits as long as the receiver asks, at most an hour, and so does the endpoint', async () => {
    const { endpoint } = await rig.add();
    rig.receiver.answer(() => ({ status: 429, headers: { 'retry-after': '600' } }));
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(1);
    await rig.webhooks.deliverDue();
    await rig.record(refreshed('usr_2'));
    await rig.fanOutUntil(2);
    rig.clock.advance(seconds(599));
    expect(await rig.webhooks.deliverDue()).toBe(0);
    rig.clock.advance(seconds(1));
    rig.receiver.answer(() => ({ status: 503, headers: { 'retry-after': '999999' } }));
    expect(await rig.webhooks.deliverDue()).toBe(2);
    const { pausedUntil } = (await rig.webhooks.endpoints.get(endpoint.id)) ?? {};
    expect(pausedUntil?.getTime()).toBe(rig.clock.now().getTime() + hours(1));
  });

  it('is given up after a day of attempts, is listed, and lets the next one pass', async () => {
    const { endpoint } = await rig.add();
    await rig.record({ type: 'user.created', ...about('usr_1') });
    await rig.record(refreshed('usr_1'));
    rig.receiver.answer(({ type }) => ({ status: type === 'user.created' ? 400 : 204 }));
    await rig.fanOutUntil(2);
    expect(await rig.webhooks.deliverDue()).toBe(1);
    const pauses = [seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(10)];
    for (const pause of pauses) {
      rig.clock.advance(pause - 1);
      expect(await rig.webhooks.deliverDue()).toBe(0);
      rig.clock.advance(1);
      expect(await rig.webhooks.deliverDue()).toBe(1);
    }
    const shown = await rig.webhooks.endpoints.get(endpoint.id);
    expect(shown).toMatchObject({ failures: 8, enabled: true, failingSince: expect.any(Date), pending: 1 });
    rig.clock.advance(minutes(1));
    expect(await rig.webhooks.deliverDue()).toBe(1);
    expect(await rig.webhooks.endpoints.get(endpoint.id)).toMatchObject({ failures: 0, failingSince: null });
    expect(await rig.states(endpoint.id)).toMatchObject([
      { state: 'failed', attempts: 8, lastStatus: 400, nextTryAt: null },
      { state: 'delivered', attempts: 1 },
    ]);
  });

  it('with 410 disables the endpoint; pending deliveries continue when it is enabled again', async () => {
    const { endpoint } = await rig.add();
    rig.receiver.answer(() => ({ status: 410 }));
    await rig.record(refreshed('usr_1'));
    await rig.record(refreshed('usr_1'));
    await rig.fanOutUntil(2);
    expect(await rig.webhooks.deliverDue()).toBe(1);
    expect(await rig.webhooks.endpoints.get(endpoint.id)).toMatchObject({ enabled: false, pending: 1 });
    expect(await rig.eventIds("type = 'webhook.disabled'")).toHaveLength(1);
    rig.clock.advance(days(1));
    expect(await rig.webhooks.deliverDue()).toBe(0);

    rig.receiver.answer(() => ({ status: 200 }));
    await rig.webhooks.endpoints.change(endpoint.id, { enabled: true });
    expect(await rig.webhooks.deliverDue()).toBe(1);
    expect(await rig.states(endpoint.id)).toMatchObject([
      { state: 'failed', lastStatus: 410 },
      { state: 'delivered' },
    ]);
  });
});
