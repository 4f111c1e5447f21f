import { beforeAll, describe, expect, it } from 'vitest';
import { findConnector, providers } from '../../src/connectors/registry.ts';
import { changesBetween } from '../../src/kit/events/changes.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// The events of changes name the old and the new value of each field, and secrets by their names only.

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

async function newest(query: string): Promise<Record<string, unknown>> {
  const [event] = itemsOf(await call('GET', `/events?${query}`));
  return event?.detail as Record<string, unknown>;
}

async function newApp(body: object): Promise<string> {
  const made = await call('POST', '/apps', { name: 'An app', ...body });
  expect([made.status, made.text]).toEqual([201, expect.anything()]);
  world.remember(made.body.client_secret as string);
  return String(made.body.client_id);
}

describe('an app', () => {
  it('that uses a connection in the background says so when it is made', async () => {
    const app = await newApp({
      type: 'service',
      connections: [{ connection: 'google', background: true, scopes: ['openid'] }],
    });
    expect(await newest(`app=${app}&type=app.created`)).toEqual({
      type: 'service',
      first_party: false,
      apis: [],
      connections: {
        google: {
          background: true,
          consent: 'required',
          handout: true,
          scopes: ['openid'],
          proxy: [],
          proxy_headers: [],
          rate: null,
        },
      },
    });
  });

  it('that changes has the old and the new value of each field, and no other', async () => {
    const app = await newApp({ type: 'service', connections: [{ connection: 'google' }] });
    const line = { connection: 'google', background: true, handout: false, scopes: [] };
    const proxy = [{ methods: ['GET'], path: '/v1/**' }];
    const change = {
      name: 'Renamed',
      first_party: false,
      connections: [
        { ...line, proxy, proxy_headers: ['X-Tenant'], rate: { requests: 5, seconds: 60 } },
        { connection: 'github', scopes: ['gist'] },
      ],
    };
    expect((await call('PATCH', `/apps/${app}`, change)).status).toBe(200);
    const empty = { scopes: [], proxy: [], proxy_headers: [] };
    const before = { background: false, consent: 'required', handout: true, ...empty, rate: null };
    expect(await newest(`app=${app}&type=app.changed`)).toEqual({
      fields: ['name', 'first_party', 'connections'],
      changes: {
        name: { from: 'An app', to: 'Renamed' },
        'connections.google': {
          from: before,
          to: {
            background: true,
            consent: 'required',
            handout: false,
            scopes: [],
            proxy: ['GET /v1/**'],
            proxy_headers: ['x-tenant'],
            rate: '5 in 60 s',
          },
        },
        'connections.github': { from: null, to: { ...before, scopes: ['gist'] } },
      },
    });
  });
});

it('an API and a webhook have old and new values, and the path of a webhook’s URL stays out', async () => {
  const api = await call('POST', '/apis', { identifier: 'https://api.example', name: 'An API' });
  const scopes = [{ name: 'read', description: 'Read' }];
  await call('PATCH', `/apis/${api.body.id}`, { scopes, access_token_lifetime: 600 });
  expect(await newest('type=api.changed')).toMatchObject({
    changes: { 'scopes.read': { from: null, to: 'Read' }, access_token_lifetime: { from: 3600, to: 600 } },
  });

  const url = 'https://hooks.example/services/capability?key=capability';
  const hook = await call('POST', '/webhooks', { url });
  world.remember(hook.body.secret as string);
  await call('PATCH', `/webhooks/${hook.body.id}`, { url: `${url}2`, description: 'Mine' });
  const changed = await call('GET', '/events?type=webhook.changed');
  expect(itemsOf(changed)[0]?.detail).toMatchObject({
    fields: ['url', 'description'],
    changes: { description: { from: null, to: 'Mine' } },
  });
  const made = await call('GET', '/events?type=webhook.created');
  expect(made.text).toContain('https://hooks.example/');
  expect(made.text + changed.text).not.toContain('capability');
});

it('roles have the old and the new list', async () => {
  const { id } = await world.database.prisma.user.create({ data: { id: 'usr_1', roles: [] } });
  await world.adopt();
  await world.broker.identities.setRoles(id, ['admin']);
  expect(await newest('type=user.roles_changed')).toMatchObject({
    roles: ['admin'],
    changes: { roles: { from: [], to: ['admin'] } },
  });
});

describe('a connection', () => {
  it('has its settings when it is made, and old and new ones when it changes', async () => {
    const body = { alias: 'work', provider: 'github', client_id: 'one', client_secret: 'first-canary' };
    expect((await call('POST', '/connections', body)).status).toBe(201);
    expect(await newest('connection=work&type=connection.created')).toMatchObject({
      provider: 'github',
      client_id: 'one',
      enabled: true,
      for: 'login',
      secrets: ['client_secret'],
    });
    const change = {
      client_id: 'two',
      client_secret: 'second-canary',
      scopes: ['gist'],
      enabled: false,
      for: 'linking',
    };
    expect((await call('PATCH', '/connections/work', change)).status).toBe(200);
    expect(await newest('connection=work&type=connection.changed')).toEqual({
      fields: Object.keys(change),
      changes: {
        client_id: { from: 'one', to: 'two' },
        scopes: { from: [], to: ['gist'] },
        enabled: { from: true, to: false },
        for: { from: 'login', to: 'linking' },
      },
      secrets: ['client_secret'],
    });
    expect((await call('GET', '/events?connection=work')).text).not.toContain('canary');
  });

  const withSecrets = providers.flatMap((provider) =>
    Object.entries(findConnector(provider)?.options ?? {}).flatMap(([name, { secret }]) =>
      secret ? [[provider, name] as const] : [],
    ),
  );

  it.each(withSecrets)('of %s does not show its secret %s', async (provider, name) => {
    const { changeDetail, creationDetail } = await import('../../src/login/connection-facts.ts');
    const connector = findConnector(provider);
    if (!connector) throw new Error(`no ${provider}`);
    const connection = await world.broker.connections.find('google');
    if (!connection) throw new Error('no google');
    const options = { [name]: 'canary' };
    const settings = { ...connection, clientId: 'one', options: {} };
    const shown = [
      creationDetail(connector, settings, { options }),
      changeDetail({ ...connection, connector }, { optionSecrets: null }, { options }),
    ];
    expect(shown).toMatchObject([{ secrets: [`options.${name}`] }, { secrets: [`options.${name}`] }]);
    expect(JSON.stringify(shown)).not.toContain('canary');
  });

  it('covers all secret options', () => expect(withSecrets.length).toBeGreaterThanOrEqual(6));
});

it('an event has a bounded size', () => {
  const long = Array.from({ length: 5_000 }, (_, index) => `https://app.example/${index}`);
  const fields = Object.fromEntries(long.map((name) => [name, 'x'.repeat(10_000)]));
  const changes = changesBetween({ list: long.slice(1) }, { list: long, text: 'x'.repeat(10_000), fields });
  expect(JSON.stringify(changes).length).toBeLessThan(20_000);
  expect(changes.list?.to).toContain('… 4980 more');
  const cut = changesBetween({}, { name: `x${'😀'.repeat(200)}` });
  expect(JSON.stringify(cut).isWellFormed() && !JSON.stringify(cut).includes('\\ud83d')).toBe(true);
});
