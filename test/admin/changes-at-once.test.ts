import { beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
let made = 0;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

async function create(path: string, body: object): Promise<string> {
  const { body: item } = await call('POST', path, body);
  world.remember(...[item.client_secret, item.secret].filter((one) => typeof one === 'string'));
  return `${path}/${item.client_id ?? item.id}`;
}

async function newConnection(): Promise<string> {
  const [alias, secret] = [`one-${++made}`, `a-secret-of-${++made}`];
  world.remember(secret);
  const body = {
    alias,
    provider: 'google',
    client_id: '1.apps.googleusercontent.com',
    client_secret: secret,
  };
  expect((await call('POST', '/connections', body)).status).toBe(201);
  return `/connections/${alias}`;
}

it('two options of a connection that are set at once are both kept', async () => {
  const path = await newConnection();
  const options = { hosted_domain: 'example.com', native_audience: '2.apps.googleusercontent.com' };
  const answers = await Promise.all(
    Object.entries(options).map(([name, value]) => call('PATCH', path, { options: { [name]: value } })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await call('GET', path)).body).toMatchObject({ options, version: 3 });
});

it.each([
  ['a connection', newConnection, { hidden: true }],
  ['an app', () => create('/apps', { name: 'One', type: 'service' }), { name: 'Two' }],
  ['an API', () => create('/apis', { identifier: 'https://api.example', name: 'One' }), { name: 'Two' }],
  ['a webhook', () => create('/webhooks', { url: 'https://hooks.example/' }), { description: 'Two' }],
] as const)(
  '%s is removed once, and not with a change that its remover has not seen',
  async (_what, make, change) => {
    const path = await make();
    const ifMatch = { 'if-match': '"1"' };
    const removals = () => [1, 2].map(() => call('DELETE', path, undefined, ifMatch));
    const [changed, ...removed] = await Promise.all([call('PATCH', path, change, ifMatch), ...removals()]);
    const successes = [changed, ...removed].filter(({ status }) => status < 300);
    expect(successes).toHaveLength(1);
    expect([changed, ...removed].every(({ status }) => [200, 204, 404, 409].includes(status))).toBe(true);
  },
);

it('two orders that were made from the same one are saved once', async () => {
  const aliases = [await newConnection(), await newConnection()].map((path) => path.split('/')[2] ?? '');
  const { headers } = await call('GET', '/connections/order');
  const ifMatch = { 'if-match': headers.get('etag') ?? '' };
  const answers = await Promise.all(
    [aliases, aliases.toReversed()].map((connections) =>
      call('PUT', '/connections/order', { connections }, ifMatch),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const events = itemsOf(await call('GET', '/events?type=connection.reordered'));
  expect(events).toHaveLength(1);
});
