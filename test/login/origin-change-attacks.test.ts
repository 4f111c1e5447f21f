import { beforeAll, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createWorld, type World } from '../support/world.ts';

// An admin may move the endpoints of a connection to another origin, and with them the secret and all people's sign-ins.
// That needs the present secret and a reason, and leaves an event of its own.

let world: World;
let call: CallAdmin;
let made = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['paypal'] });
  call = adminClient(world);
});

const base = 'https://id.example';
const endpoints = (host: string) => ({
  issuer: base,
  authorization: `${base}/authorize`,
  token: `${host}/token`,
  userinfo: `${base}/me`,
  api: `${base}/api`,
});
const secret = { client_secret: 'the-present-secret' };
const reason = 'the provider has moved its token endpoint';

async function connect() {
  const alias = `origin-${++made}`;
  const body = { alias, provider: 'oauth2', client_id: 'us', ...secret, endpoints: endpoints(base) };
  expect((await call('POST', '/connections', body)).status).toBe(201);
  return {
    alias,
    patch: (change: object) => call('PATCH', `/connections/${alias}`, change),
    endpoints: async () => (await call('GET', `/connections/${alias}`)).body.endpoints,
    events: () =>
      world.database.prisma.auditEvent.findMany({
        where: { type: 'connection.origin_changed', connection: alias },
      }),
  };
}

const elsewhere = { endpoints: endpoints('https://elsewhere.example') };

it.each<[string, object]>([
  ['no secret', { reason }],
  ['any secret', { reason, client_secret: 'whatever' }],
  ['the secret removed', { reason, client_secret: null }],
  ['no reason', secret],
  ['a blank reason', { ...secret, reason: '  ' }],
  ['another client id in the same change', { ...secret, reason, client_id: 'another' }],
  ['other scopes in the same change', { ...secret, reason, scopes: ['all'] }],
])('endpoints do not move to another origin with %s', async (_how, more) => {
  const connection = await connect();
  expect((await connection.patch({ ...elsewhere, ...more })).status).toBe(422);
  expect(await connection.endpoints()).toEqual(endpoints(base));
  expect(await connection.events()).toEqual([]);
});

it('endpoints that move to another origin leave an event with both hosts and the reason', async () => {
  const connection = await connect();
  expect((await connection.patch({ ...elsewhere, ...secret, reason })).status).toBe(200);
  expect(await connection.events()).toMatchObject([
    { detail: { from: ['id.example'], to: ['elsewhere.example'], reason, identities: 0 } },
  ]);
  expect((await connection.patch({ endpoints: endpoints(base), ...secret, reason })).status).toBe(200);
  expect((await connection.events()).map(({ detail }) => detail)).toContainEqual(
    expect.objectContaining({ from: ['elsewhere.example'], to: ['id.example'] }),
  );
});

it('an address of the same origin needs the present secret, and no reason', async () => {
  const connection = await connect();
  const change = { endpoints: endpoints(`${base}/oauth`) };
  expect((await connection.patch({ ...change, client_secret: 'whatever' })).status).toBe(422);
  expect((await connection.patch({ ...change, ...secret })).status).toBe(200);
  expect(await connection.events()).toEqual([]);
});

it('an option that decides the address of the token endpoint counts as its address', async () => {
  const alias = 'origin-paypal';
  const body = { alias, provider: 'paypal', client_id: 'us', ...secret };
  expect((await call('POST', '/connections', body)).status).toBe(201);
  const change = { options: { environment: 'sandbox' }, ...secret };
  expect((await call('PATCH', `/connections/${alias}`, change)).status).toBe(422);
  expect((await call('PATCH', `/connections/${alias}`, { ...change, reason })).status).toBe(200);
});
