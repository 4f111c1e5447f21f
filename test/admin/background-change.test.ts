import { beforeAll, expect, it } from 'vitest';
import { days } from '../../src/kit/clock.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin } from './client.ts';

// Background access is a dangerous change: a named token says why. People's fresh sign-in is in dangerous-change.test.ts.

let world: World;
let bootstrap: CallAdmin;
let named: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  bootstrap = adminClient(world);
  const expires_at = new Date(world.clock.now().getTime() + days(30)).toISOString();
  const about = { name: 'deploys', role: 'owner', expires_at, reason: 'for deploys' };
  const { token } = (await bootstrap('POST', '/tokens', about)).body;
  world.remember(String(token));
  named = adminClient({ ...world, adminToken: String(token) });
});

const lines = (background: boolean) => [{ connection: 'github', background }];
const missing = { status: 422, body: { errors: [{ path: 'reason', message: expect.any(String) }] } };

it('an app is created with background access for a stated reason, which ADMIN_API_TOKEN need not give', async () => {
  const app = { name: 'Nightly', type: 'service', connections: lines(true) };
  expect(await named('POST', '/apps', app)).toMatchObject(missing);
  expect((await named('POST', '/apps', { ...app, connections: lines(false) })).status).toBe(201);
  expect((await named('POST', '/apps', { ...app, reason: 'backups' })).status).toBe(201);
  expect((await bootstrap('POST', '/apps', app)).status).toBe(201);
});

it('an app gains background access for a stated reason, and loses it without one', async () => {
  const redirect_uris = ['https://app.example/cb'];
  const made = await named('POST', '/apps', {
    name: 'A',
    type: 'web',
    redirect_uris,
    connections: lines(false),
  });
  const path = `/apps/${String(made.body.client_id)}`;
  expect(await named('PATCH', path, { connections: lines(true) })).toMatchObject(missing);
  const reasoned = { connections: lines(true), reason: 'backups' };
  expect((await named('PATCH', path, reasoned)).status).toBe(200);
  expect((await named('PATCH', path, { name: 'B', connections: lines(true) })).status).toBe(200);
  // A first-party app does not ask its users.
  expect(await named('PATCH', path, { first_party: true })).toMatchObject(missing);
  expect((await named('PATCH', path, { connections: lines(false) })).status).toBe(200);
  expect((await named('PATCH', path, { first_party: true })).status).toBe(200);
});
