import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let world: World;
let call: CallAdmin;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  world = await createWorld({ allowedPrivateHosts: [receiver.host] });
  call = adminClient(world);
});

const usual = [
  'identity.linked',
  'identity.unlinked',
  'token.refreshed',
  'token.expiring',
  'token.reauthorization_required',
  'token.revoked',
  'app.first_use',
  'user.created',
  'user.deleted',
  'connection.misconfigured',
];

describe('webhook endpoints', () => {
  it('are added, read, changed, given a new secret and removed; a secret is shown once', async () => {
    const url = 'https://hooks.example/symbolon';
    const made = await call('POST', '/webhooks', { url });
    const shown = {
      url,
      description: null,
      events: usual,
      enabled: true,
      failures: 0,
      failing_since: null,
      pending: 0,
      old_secret_until: null,
    };
    expect(made).toMatchObject({ status: 201, body: { ...shown, id: expect.stringMatching(/^whk_/) } });
    const path = `/webhooks/${made.body.id}`;
    expect(made.body.secret).toMatch(/^whsec_/);

    const rotated = await call('POST', `${path}/secret`);
    expect(rotated).toMatchObject({
      status: 200,
      body: { id: made.body.id, secret: expect.stringMatching(/^whsec_/) },
    });
    expect(rotated.body.secret).not.toBe(made.body.secret);
    const change = { description: 'Audit', events: ['token.retrieved'], enabled: false };
    expect(await call('PATCH', path, change)).toMatchObject({ status: 200, body: { url, ...change } });

    const read = await call('GET', path);
    expect(read.body).toMatchObject({ ...change, old_secret_until: rotated.body.old_secret_until });
    for (const answer of [read, await call('GET', '/webhooks'), await call('GET', '/events')]) {
      expect(answer.text).not.toContain('whsec_');
    }
    expect(itemsOf(await call('GET', '/webhooks')).map(({ id }) => id)).toEqual([made.body.id]);

    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(404);
    const types = itemsOf(await call('GET', '/events?limit=4')).map(({ type }) => type);
    expect(types).toEqual([
      'webhook.removed',
      'webhook.changed',
      'webhook.secret_rotated',
      'webhook.created',
    ]);
  });

  it('are listed in pages', async () => {
    for (const name of ['a', 'b', 'c']) await call('POST', '/webhooks', { url: `https://${name}.example/` });
    const first = await call('GET', '/webhooks?limit=2');
    const second = await call('GET', `/webhooks?limit=2&cursor=${first.body.next_cursor}`);
    const urls = [...itemsOf(first), ...itemsOf(second)].map(({ url }) => url);
    expect(urls).toEqual(['https://a.example/', 'https://b.example/', 'https://c.example/']);
    for (const { id } of [...itemsOf(first), ...itemsOf(second)]) await call('DELETE', `/webhooks/${id}`);
  });

  it.each([
    ['url', { url: 'http://hooks.example' }],
    ['url', { url: 'https://192.168.0.1/' }],
    ['url', { url: 'javascript:alert(1)' }],
    ['events', { events: [] }],
    ['events', { events: ['login.succeeded'] }],
    ['description', { description: 'a\u0007b' }],
    ['secret', { secret: 'whsec_mine' }],
    ['id', { id: 'whk_mine' }],
  ])('with a wrong %s are refused by name', async (field, wrong) => {
    const answer = await call('POST', '/webhooks', { url: 'https://hooks.example/', ...wrong });
    expect(answer.status).toBe(422);
    expect(`${answer.body.detail}`).toContain(field);
  });

  it('with an impossible id are not found', async () => {
    for (const id of ['x', 'whk_%00', 'usr_01k9aaaaaaaaaaaaaaaaaaaaaa', 'whk_01k9aaaaaaaaaaaaaaaaaaaaaa']) {
      expect((await call('GET', `/webhooks/${id}`)).status).toBe(404);
      expect((await call('PATCH', `/webhooks/${id}`, { enabled: true })).status).toBe(404);
      expect((await call('DELETE', `/webhooks/${id}`)).status).toBe(404);
      expect((await call('POST', `/webhooks/${id}/secret`)).status).toBe(404);
      expect((await call('GET', `/webhooks/${id}/deliveries`)).status).toBe(404);
    }
  });
});

it('a sign-in, a retrieval and a withdrawal are delivered within seconds, and their deliveries can be listed', async () => {
  const made = await call('POST', '/webhooks', { url: receiver.url, events: [...usual, 'token.retrieved'] });
  world.remember(`${made.body.secret}`);
  const app = await createApp(world);
  const { access_token: token } = await app.signIn({ connection: 'google', user: 'lin' });
  const authorization = `Bearer ${token}`;
  const path = '/v1/me/identities/google/token';
  const answer = await fetch(`${world.issuer}${path}`, { headers: { authorization } });
  expect(answer.status).toBe(200);
  const [user] = itemsOf(await call('GET', '/users'));
  expect((await call('DELETE', `/users/${user?.id}`)).status).toBeLessThan(300);

  const heard = () => receiver.received.map(({ type }) => type);
  const awaited = ['user.created', 'token.retrieved', 'user.deleted'];
  await expect.poll(heard, { timeout: 15_000 }).toEqual(expect.arrayContaining(awaited));
  expect(heard().indexOf('user.created')).toBeLessThan(heard().indexOf('user.deleted'));
  const retrieved = receiver.received.find(({ type }) => type === 'token.retrieved');
  expect(JSON.parse(`${retrieved?.body}`).data).toMatchObject({
    user: user?.id,
    app: app.clientId,
    connection: 'google',
    background: false,
  });
  const bodies = receiver.received.map(({ body }) => body).join('\n');
  for (const secret of world.minted()) expect(bodies).not.toContain(secret);

  const list = `/webhooks/${made.body.id}/deliveries`;
  await expect.poll(async () => itemsOf(await call('GET', `${list}?state=pending`))).toEqual([]);
  const delivered = await call('GET', `${list}?state=delivered&limit=1`);
  expect(itemsOf(delivered)).toMatchObject([
    { state: 'delivered', attempts: 1, last_status: 204, last_error: null, next_try_at: null },
  ]);
  const next = await call('GET', `${list}?limit=200&cursor=${delivered.body.next_cursor}`);
  expect(itemsOf(next)).toHaveLength(receiver.received.length - 1);
  expect(await call('GET', `${list}?state=lost`)).toMatchObject({ status: 400 });
});
