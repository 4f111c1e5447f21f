import { beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await createRig();
});

it('a test reaches one endpoint, whatever types it asks for, and ends its pause', async () => {
  const { endpoint } = await rig.add({ events: ['user.created'] });
  const { endpoint: other } = await rig.add();
  await rig.database.pool.query('UPDATE webhook_endpoint SET paused_until = $1 WHERE id = $2', [
    new Date(rig.clock.now().getTime() + 60_000),
    endpoint.id,
  ]);
  const event = await rig.webhooks.endpoints.test(endpoint.id);
  await rig.webhooks.deliverDue();
  expect(rig.receiver.received).toMatchObject([{ id: event, type: 'webhook.test' }]);
  expect(await rig.states(endpoint.id)).toMatchObject([{ eventId: event, state: 'delivered' }]);
  expect(await rig.states(other.id)).toEqual([]);
});

it('a delivery that was given up is sent again with the same id, and a pending one at once', async () => {
  const { endpoint } = await rig.add();
  rig.receiver.forget();
  rig.receiver.answer(() => ({ status: 500 }));
  const event = await rig.webhooks.endpoints.test(endpoint.id);
  await rig.webhooks.deliverDue();
  expect(await rig.states(endpoint.id)).toMatchObject([{ state: 'pending', attempts: 1 }]);
  await rig.webhooks.endpoints.resend(endpoint.id, event);
  await rig.webhooks.deliverDue();
  expect(rig.receiver.received).toHaveLength(2);
  await rig.database.pool.query(
    `WITH lane AS (UPDATE webhook_lane SET pending = 0, next_try_at = NULL WHERE endpoint_id = $1)
     UPDATE webhook_delivery SET state = 'failed', settled_at = now() WHERE endpoint_id = $1`,
    [endpoint.id],
  );
  rig.receiver.answer(() => ({ status: 204 }));
  await rig.webhooks.endpoints.resend(endpoint.id, event);
  expect(await rig.webhooks.endpoints.get(endpoint.id)).toMatchObject({ pending: 1 });
  await rig.webhooks.deliverDue();
  expect(rig.receiver.received.map(({ id }) => id)).toEqual([event, event, event]);
  expect(await rig.states(endpoint.id)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
  expect(await rig.webhooks.endpoints.get(endpoint.id)).toMatchObject({ pending: 0 });
});

it('nothing is sent by an endpoint that is disabled, nor for an event that it never had', async () => {
  const { endpoint } = await rig.add();
  const { endpoints } = rig.webhooks;
  const unknown = 'evt_01m8p566d5fzstvabnh7pvyy15';
  await expect(endpoints.resend(endpoint.id, unknown)).rejects.toMatchObject({ code: 'not_found' });
  const event = await endpoints.test(endpoint.id);
  await endpoints.change(endpoint.id, { enabled: false });
  await expect(endpoints.test(endpoint.id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(endpoints.resend(endpoint.id, event)).rejects.toMatchObject({ code: 'conflict' });
});
