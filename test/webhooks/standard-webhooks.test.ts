import { Webhook } from 'standardwebhooks';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Secret } from '../../src/kit/secret.ts';
import { newSigningSecret } from '../../src/webhooks/signature.ts';
import type { Received } from './receiver.ts';
import { createRig, type Rig } from './rig.ts';

// Real deliveries, verified by the reference library of Standard Webhooks, as a receiver would use it.

let rig: Rig;

beforeEach(async () => {
  rig = await createRig();
});

/** Delivers one event and returns the request that arrived. */
async function deliver(): Promise<Received> {
  rig.receiver.forget();
  await rig.record({ type: 'token.refreshed', userId: 'usr_1', connection: 'work', identityId: 'idn_1' });
  await rig.fanOutUntil(1);
  expect(await rig.webhooks.deliverDue()).toBe(1);
  const [received] = rig.receiver.received;
  if (!received) throw new Error('nothing was delivered');
  await rig.database.pool.query('DELETE FROM webhook_delivery');
  return received;
}

function verify(secret: Secret, { headers, body }: Pick<Received, 'headers' | 'body'>) {
  return new Webhook(secret.reveal()).verify(body, headers as Record<string, string>);
}

it('a delivery is verified with the secret of its endpoint', async () => {
  const { secret } = await rig.add();
  const received = await deliver();
  expect(verify(secret, received)).toEqual(JSON.parse(received.body));
  expect(verify(secret, received)).toMatchObject({
    type: 'token.refreshed',
    data: { event_id: received.id, user: 'usr_1' },
  });
});

it('another secret, an altered body and altered headers are refused', async () => {
  const { secret } = await rig.add();
  const received = await deliver();
  const { headers, body } = received;
  const signature = 'No matching signature found';
  expect(() => verify(newSigningSecret(), received)).toThrow(signature);
  expect(() => verify(secret, { headers, body: body.replace('usr_1', 'usr_2') })).toThrow(signature);
  expect(() => verify(secret, { headers: { ...headers, 'webhook-id': 'evt_other' }, body })).toThrow(
    signature,
  );
  const later = String(Number(headers['webhook-timestamp']) + 1);
  expect(() => verify(secret, { headers: { ...headers, 'webhook-timestamp': later }, body })).toThrow(
    signature,
  );
});

it('a delivery that is replayed after five minutes is refused', async () => {
  const { secret } = await rig.add();
  const received = await deliver();
  vi.useFakeTimers({ toFake: ['Date'], now: rig.clock.now().getTime() + 6 * 60_000 });
  try {
    expect(() => verify(secret, received)).toThrow('Message timestamp too old');
  } finally {
    vi.useRealTimers();
  }
});

it('while a secret is rotated, a delivery is verified with the old and with the new one', async () => {
  const { secret: old, endpoint } = await rig.add();
  const { secret: next, oldUntil } = await rig.webhooks.endpoints.rotateSecret(endpoint.id);
  const during = await deliver();
  for (const secret of [old, next]) expect(verify(secret, during)).toEqual(JSON.parse(during.body));
  rig.clock.advance(oldUntil.getTime() - rig.clock.now().getTime());
  vi.useFakeTimers({ toFake: ['Date'], now: rig.clock.now() });
  try {
    const after = await deliver();
    expect(verify(next, after)).toEqual(JSON.parse(after.body));
    expect(() => verify(old, after)).toThrow('No matching signature found');
  } finally {
    vi.useRealTimers();
  }
});
