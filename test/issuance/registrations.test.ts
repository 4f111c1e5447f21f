import { beforeAll, expect, it } from 'vitest';
import { post } from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// Apps, their policies and APIs are cached. A change clears the cache, here and at every other process: the clock stands
// still, so the TTL never ends.

let room: Room;
let other: Room;
const api = 'https://api.example';

beforeAll(async () => {
  room = await openRoom();
  other = await openRoom({ database: room.database, issuer: room.issuer, clock: room.clock });
  await room.issuance.apis.create({ identifier: api, name: 'API', scopes: [{ name: 'read' }] });
});

async function register() {
  const { app, clientSecret } = await room.issuance.apps.create({ name: 'S', type: 'service', apis: [api] });
  const ask = (at: Room, secret = clientSecret?.reveal() ?? '', scope = 'read') => {
    const form = { grant_type: 'client_credentials', client_id: app.id, client_secret: secret };
    return post(`${at.address}/oauth/token`, { ...form, resource: api, scope });
  };
  const statuses = async (secret?: string) => [
    (await ask(room, secret)).status,
    (await ask(other, secret)).status,
  ];
  expect(await statuses()).toEqual([200, 200]);
  return { id: app.id, ask, statuses };
}

it('a rotated secret is valid everywhere, and the old one nowhere', async () => {
  const { id, ask, statuses } = await register();
  const secret = (await room.issuance.apps.rotateSecret(id)).reveal();
  expect((await ask(room, secret)).status).toBe(200);
  expect((await ask(room)).status).toBe(401);
  await expect.poll(() => statuses(secret)).toEqual([200, 200]);
  expect(await statuses()).toEqual([401, 401]);
});

it('an app that is disabled or removed gets nothing at any process', async () => {
  const { id, ask, statuses } = await register();
  await room.issuance.apps.update(id, { enabled: false });
  expect((await ask(room)).status).toBe(401);
  await expect.poll(() => statuses()).toEqual([401, 401]);
  const gone = await register();
  await other.issuance.apps.remove(gone.id);
  expect((await gone.ask(other)).status).toBe(401);
  await expect.poll(() => gone.statuses()).toEqual([401, 401]);
});

it('a policy that is narrowed or widened applies at every process', async () => {
  const both = [
    { connection: 'wechat', background: true },
    { connection: 'github', background: true },
  ];
  const { app } = await room.issuance.apps.create({ name: 'P', type: 'service', connections: both });
  const pair = { userId: 'usr_lin', clientId: app.id };
  const known = async (at: Room) => ({
    policy: [...(await at.issuance.apps.policyOf(app.id)).values()].map(({ alias }) => alias).sort(),
    background: [...(await at.issuance.standingScopes.inBackground(pair)).scopes].sort(),
  });
  const two = { policy: ['github', 'wechat'], background: ['idp:github', 'idp:wechat'] };
  const one = { policy: ['wechat'], background: ['idp:wechat'] };
  expect([await known(room), await known(other)]).toEqual([two, two]);
  await room.issuance.apps.update(app.id, { connections: both.slice(0, 1) });
  expect(await known(room)).toEqual(one);
  await expect.poll(() => known(other)).toEqual(one);
  await other.issuance.apps.update(app.id, { connections: both });
  expect(await known(other)).toEqual(two);
  await expect.poll(() => known(room)).toEqual(two);
});

it('a permission that a person gives outside a sign-in counts at once', async () => {
  const redirectUris = ['https://app.example/cb'];
  const { app } = await room.issuance.apps.create({ name: 'C', type: 'web', redirectUris });
  const pair = { userId: 'usr_lin', clientId: app.id };
  const { standingScopes } = room.issuance;
  expect([...(await standingScopes.inBackground(pair)).scopes]).toEqual([]);
  await standingScopes.allow({
    ...pair,
    connection: { id: 'con_github', alias: 'github' },
    at: room.clock.now(),
  });
  expect([...(await standingScopes.inBackground(pair)).scopes]).toEqual(['idp:github']);
});

it('the scopes of an API change at every process', async () => {
  const { ask } = await register();
  const known = await room.issuance.apis.byIdentifier(api);
  const scopes = [{ name: 'read' }, { name: 'write' }];
  await room.issuance.apis.update(known?.id ?? '', { scopes });
  expect((await ask(room, undefined, 'write')).body.scope).toBe('write');
  await expect.poll(async () => (await ask(other, undefined, 'write')).body.scope).toBe('write');
});

it('an app or API is known as soon as it is created', async () => {
  const identifier = 'https://new.example';
  const { app, clientSecret } = await room.issuance.apps.create({
    name: 'N',
    type: 'service',
    apis: [identifier],
  });
  const form = {
    grant_type: 'client_credentials',
    client_id: app.id,
    client_secret: clientSecret?.reveal() ?? '',
    resource: identifier,
  };
  expect((await post(`${other.address}/oauth/token`, form)).body.error).toBe('invalid_target');
  await room.issuance.apis.create({ identifier, name: 'New' });
  expect((await post(`${other.address}/oauth/token`, form)).status).toBe(200);
});
