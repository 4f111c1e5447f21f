import { beforeAll, describe, expect, it } from 'vitest';
import type { Connections } from '../../src/issuance/ports.ts';
import type { AppStore } from '../../src/issuance/registry/app-store.ts';
import { createApps } from '../../src/issuance/registry/apps.ts';
import { hours } from '../../src/kit/clock.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

const job = () => world.broker.jobs.find(({ name }) => name === 'removed-apps')?.run();
const listed = async (query = '') =>
  itemsOf(await call('GET', `/apps?limit=200${query}`)).map((one) => one.client_id);
const tokenOf = async (accessToken: string) =>
  (await fetch(`${world.issuer}/v1/me/identities`, { headers: { authorization: `Bearer ${accessToken}` } }))
    .status;

describe('an app that was removed', () => {
  it('is nowhere, its tokens are dead, and for a day it can come back as it was', async () => {
    const app = await createApp(world, { connections: ['google'] });
    const { access_token: token } = await app.signIn({ connection: 'google', user: 'ada' });
    expect(await tokenOf(token)).toBe(200);
    const path = `/apps/${app.clientId}`;
    const { body: before } = await call('GET', path);

    expect((await call('DELETE', path)).status).toBe(204);
    expect(await tokenOf(token)).toBe(401);
    for (const [method, at, body] of [
      ['GET', path],
      ['PATCH', path, { name: 'x' }],
      ['DELETE', path],
      ['POST', `${path}/secret`],
      ['GET', `${path}/branding`],
    ] as const)
      expect([method, at, (await call(method, at, body)).status]).toEqual([method, at, 404]);
    expect(await listed()).not.toContain(app.clientId);
    expect(await listed('&removed=true')).toContain(app.clientId);
    const authorize = new URLSearchParams({
      client_id: app.clientId,
      response_type: 'code',
      scope: 'openid',
    });
    expect((await fetch(`${world.issuer}/authorize?${authorize}`)).status).toBe(400);

    await job();
    const restored = await call('POST', `${path}/restore`);
    expect(restored).toMatchObject({ status: 200, body: { enabled: false, removed_at: null } });
    const { connections, redirect_uris } = before;
    expect(restored.body).toMatchObject({ connections, redirect_uris });
    expect(restored.body.version).toBeGreaterThan(Number(before.version));
    expect(await tokenOf(token)).toBe(401);
    expect((await call('PATCH', path, { enabled: true })).status).toBe(200);
    expect((await app.signIn({ connection: 'google', user: 'ada' })).access_token).toEqual(
      expect.any(String),
    );
  });

  it('is deleted after a day, with its looks', async () => {
    const app = await createApp(world, { connections: ['google'] });
    const path = `/apps/${app.clientId}`;
    await call('PUT', `${path}/branding`, { accent: '#1f4e5f' });
    await call('DELETE', path);
    world.clock.advance(hours(24) + 1);
    expect((await call('POST', `${path}/restore`)).status).toBe(404);
    await job();
    expect(await listed('&removed=true')).not.toContain(app.clientId);
    const { app: apps, branding } = world.database.prisma;
    expect(await apps.findUnique({ where: { id: app.clientId } })).toBeNull();
    expect(await branding.findUnique({ where: { scope: app.clientId } })).toBeNull();
    const types = itemsOf(await call('GET', `/events?app=${app.clientId}`)).map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['app.deleted', 'app.removed']);
  });

  it('whose row another hand brings back is off, since its tag says so', async () => {
    const app = await createApp(world, { connections: ['google'] });
    await call('DELETE', `/apps/${app.clientId}`);
    const { prisma } = world.database;
    await prisma.app.update({ where: { id: app.clientId }, data: { removedAt: null } });
    expect((await call('GET', `/apps/${app.clientId}`)).body.enabled).toBe(false);
    await prisma.app.update({ where: { id: app.clientId }, data: { enabled: true } });
    expect((await call('GET', `/apps/${app.clientId}`)).status).toBe(404);
  });
});

it('that comes back gets no token of the time in which it was being removed', async () => {
  const tokens: string[] = [];
  // Another process has the app in its cache, and issues a token until the notification reaches it.
  const issuing = { remove: async () => tokens.push('of the removal') > 0, restore: async () => true };
  const row = { signInConnections: null, connections: [] };
  const apps = createApps({
    store: { ...issuing, find: async () => row } as unknown as AppStore,
    connections: {} as Connections,
    allowedPrivateHosts: [],
    clock: world.clock,
    onDisabled: async () => void tokens.splice(0),
  });
  await apps.remove('app_1');
  expect(tokens).toEqual([]);
  tokens.push('of another process');
  await apps.restore('app_1');
  expect(tokens).toEqual([]);
});

it('says on which connections people sign in, and who runs it', async () => {
  const about = {
    owner: 'Okafor & Lin',
    contact: 'privacy@okafor.example',
    purpose: { en: 'To copy your calendar', zh: '用于同步您的日历' },
    kinds: { zh: '日历' },
    privacy: 'https://okafor.example/privacy',
  };
  const fields = { sign_in_connections: ['google'], display_name: { zh: '笔记' }, about };
  const made = await call('POST', '/apps', { name: 'Notes', type: 'service', ...fields });
  world.remember(String(made.body.client_secret));
  const path = `/apps/${made.body.client_id}`;
  expect((await call('GET', path)).body).toMatchObject(fields);
  const cleared = { sign_in_connections: null, display_name: null, about: null };
  expect((await call('PATCH', path, cleared)).body).toMatchObject(cleared);
  for (const [wrong, name] of [
    [{ sign_in_connections: ['nowhere'] }, 'sign_in_connections.0'],
    [{ sign_in_connections: [] }, 'sign_in_connections'],
    [{ about: { privacy: 'http://okafor.example' } }, 'about.privacy'],
    [{ about: { password: 'x' } }, 'about'],
  ] as const)
    expect((await call('PATCH', path, wrong)).body.errors).toMatchObject([{ path: name }]);
});
